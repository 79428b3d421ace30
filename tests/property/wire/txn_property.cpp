// Any txn survives the round trip; any cut or damaged one is an error or a legal shorter form, never more.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "kernel/wire/log_record.h"
#include "tests/property/wire/generators.h"

namespace vivarium {
namespace {

using property::any_txn;
using property::encoded;
using property::ExactCopy;

std::string encoded_again(const Txn& txn) {
  return encoded([&](ByteWriter& out) { encode_txn(out, txn); });
}

/// Decodes every operation of a multi; they were checked, so they must decode.
void walk(const Txn& txn) {
  const auto* multi = std::get_if<MultiTxn>(&txn.body);
  if (multi == nullptr) return;
  for (MultiTxnReader reader(*multi); !reader.done();) {
    const auto operation = reader.next();
    RC_ASSERT(operation.has_value());
    RC_ASSERT(decode_sub_txn(operation->type, operation->body).ok());
  }
}

RC_GTEST_PROP(Txn, survives_the_round_trip, ()) {
  const std::string bytes = any_txn();
  const auto txn = decode_txn(bytes);
  RC_ASSERT(txn.ok());
  walk(*txn);
  RC_ASSERT(encoded_again(*txn) == bytes);
}

RC_GTEST_PROP(Txn, cut_short_is_an_error_or_a_shorter_legal_form, ()) {
  const std::string bytes = any_txn();
  const auto size = *rc::gen::inRange<std::size_t>(0, bytes.size());
  const ExactCopy cut(std::string_view(bytes).substr(0, size));
  const auto txn = decode_txn(cut.bytes());
  if (!txn) return;
  walk(*txn);
  const std::string again = encoded_again(*txn);
  // The create of ancient logs lacks the parent's cversion, which we write as -1.
  const bool ancient = txn->header.type == OpCode::kCreate && again == std::string(cut.bytes()) + "\xff\xff\xff\xff";
  RC_ASSERT(ancient || again == cut.bytes());
}

RC_GTEST_PROP(Txn, damaged_anywhere_never_reads_outside, ()) {
  std::string bytes = any_txn();
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[at] = *rc::gen::arbitrary<char>();
  const ExactCopy damaged(bytes);
  const auto txn = decode_txn(damaged.bytes());
  if (txn) walk(*txn);
}

RC_GTEST_PROP(LogRecord, frames_any_txn_and_notices_any_flipped_bit, ()) {
  const std::string entry = any_txn();
  const std::string framed = encoded([&](ByteWriter& out) { encode_log_record(out, entry); });
  const LogRecord record = read_log_record(framed, framed.size());
  RC_ASSERT(record.status == LogRecordStatus::kRecord);
  RC_ASSERT(record.entry == entry);
  std::string damaged = framed;
  const auto bit = *rc::gen::inRange<std::size_t>(0, 8 * framed.size());
  damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
  const ExactCopy copy(damaged);
  RC_ASSERT(read_log_record(copy.bytes(), framed.size()).status != LogRecordStatus::kRecord);
}

}  // namespace
}  // namespace vivarium
