// One transaction as a JSON object.
//
// Numbers of 64 bits that name something (zxid, session, digest) are hex strings: JSON readers round large numbers.
// Data is base64, because it is bytes; null data is null.
#pragma once

#include <boost/json.hpp>

#include "kernel/wire/txn.h"

namespace vivarium::inspect {

boost::json::object txn_json(const Txn& txn);

}  // namespace vivarium::inspect
