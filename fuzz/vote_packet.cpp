// The election port. The first byte chooses: a greeting, which must not change its meaning when more bytes follow, or a
// notification, which must survive being written again.
#include "kernel/wire/vote_packet.h"

#include <cstddef>
#include <cstdint>

#include "kernel/base/assert.h"
#include "kernel/base/slice.h"

namespace vivarium {
namespace {

void check_greeting(std::string_view bytes) {
  using Status = ElectionGreetingParse::Status;
  const auto whole = parse_election_greeting(bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto part = parse_election_greeting(slice(bytes, 0, size));
    if (part.status == Status::kIncomplete) continue;
    KASSERT(part.status == whole.status);
    KASSERT(part.size == whole.size);
  }
  if (whole.status != Status::kWhole || whole.greeting.address.empty()) return;
  Vector<char> out;
  ByteWriter writer(out);
  encode(writer, whole.greeting);
  const auto again = parse_election_greeting(view(out));
  KASSERT(again.status == Status::kWhole);
  KASSERT(again.greeting.sender == whole.greeting.sender);
  KASSERT(again.greeting.address == whole.greeting.address);
}

void check_notification(std::string_view bytes) {
  const auto read = decode_notification(bytes);
  if (!read || read->config.size() + 44 > kMaxElectionMessage) return;
  Vector<char> out;
  ByteWriter writer(out);
  encode_frame(writer, *read);
  const auto again = decode_notification(slice(view(out), 4));
  KASSERT(again.has_value());
  KASSERT(again->leader == read->leader);
  KASSERT(again->zxid == read->zxid);
  KASSERT(again->round == read->round);
  KASSERT(again->peer_epoch == read->peer_epoch);
  KASSERT(again->config == read->config);
}

}  // namespace
}  // namespace vivarium

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    vivarium::check_greeting(bytes);
  } else {
    vivarium::check_notification(bytes);
  }
  return 0;
}
