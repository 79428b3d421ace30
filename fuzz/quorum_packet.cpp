// The quorum port: a stream of packets and what their data hold. A packet that was read is written back byte for byte;
// one that is unfinished asks for more than there is, and never for more than it turns out to take.
#include "kernel/wire/quorum_packet.h"

#include <cstddef>
#include <cstdint>

#include "kernel/base/assert.h"
#include "kernel/base/slice.h"
#include "kernel/request/identity_list.h"

namespace vivarium {
namespace {

constexpr std::size_t kMaxData = 4096;
using Status = QuorumPacketParse::Status;

template <class Record>
void check_written_again(const std::optional<Record>& record, std::string_view bytes) {
  if (!record) return;
  Vector<char> out;
  ByteWriter writer(out);
  encode(writer, *record);
  KASSERT(view(out).size() == bytes.size());
}

void check_contents(const QuorumPacket& packet) {
  const std::string_view data = packet.data.value_or(std::string_view{});
  if (const auto info = decode_learner_info(packet.data)) KASSERT(data.size() == 12 || data.size() >= 20);
  check_written_again(decode_forwarded_request(packet.data), data);
  check_written_again(decode_revalidate_request(packet.data), data);
  check_written_again(decode_revalidate_answer(packet.data), data);
  std::size_t touched = 0;
  SessionId session;
  std::int32_t timeout_ms = 0;
  for (TouchReader reader(data); reader.next(session, timeout_ms);) ++touched;
  KASSERT(touched == data.size() / 12);
  if (packet.auth) KASSERT(decode_identities(*packet.auth).has_value());  // the parser has looked at every length
}

void check_cuts(std::string_view bytes, const QuorumPacketParse& whole) {
  for (std::size_t size = 0; size < whole.size; ++size) {
    const auto part = parse_quorum_packet(slice(bytes, 0, size), kMaxData);
    KASSERT(part.status == Status::kIncomplete);
    KASSERT(part.size > size);
    KASSERT(part.size <= whole.size);
  }
}

void check_stream(std::string_view bytes) {
  for (bool first = true;; first = false) {
    const auto parse = parse_quorum_packet(bytes, kMaxData);
    if (parse.status == Status::kIncomplete) KASSERT(parse.size > bytes.size());
    if (parse.status != Status::kWhole) return;
    KASSERT(parse.size <= bytes.size());
    if (first) check_cuts(bytes, parse);
    Vector<char> out;
    ByteWriter writer(out);
    encode(writer, parse.packet);
    KASSERT(view(out) == slice(bytes, 0, parse.size));
    check_contents(parse.packet);
    bytes.remove_prefix(parse.size);
  }
}

}  // namespace
}  // namespace vivarium

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vivarium::check_stream(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
