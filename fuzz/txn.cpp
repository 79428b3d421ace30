// Txns, as a log or a peer may hand them over. What decodes is encoded again and must decode to the same bytes.
#include "kernel/wire/txn.h"

#include <cstddef>
#include <cstdint>

#include "kernel/base/assert.h"

namespace vivarium {
namespace {

void walk_multi(const Txn& txn) {
  const auto* multi = std::get_if<MultiTxn>(&txn.body);
  if (multi == nullptr) return;
  for (MultiTxnReader reader(*multi); !reader.done();) {
    const auto operation = reader.next();
    KASSERT(operation.has_value());
    KASSERT(decode_sub_txn(operation->type, operation->body).ok());
  }
}

}  // namespace
}  // namespace vivarium

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vivarium;
  const auto txn = decode_txn({reinterpret_cast<const char*>(data), size});
  if (!txn) return 0;
  walk_multi(*txn);
  Vector<char> first, second;
  ByteWriter first_out(first), second_out(second);
  encode_txn(first_out, *txn);
  const auto again = decode_txn(view(first));
  KASSERT(again.ok());
  encode_txn(second_out, *again);
  KASSERT(view(first) == view(second));
  KASSERT(first.size() >= size);  // longer for the create of ancient logs and for a null ACL list
  return 0;
}
