// The client port's records: handshake, requests, replies, watch events (protocol.md section 2).
//
// Decoded records are views into the frame. Encoding appends to a ByteWriter; `begin_frame`/`end_frame` put the
// length in front. Must never: accept a record with a vector longer than limits::kMaxVectorCount.
#pragma once

#include <optional>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/limits.h"
#include "kernel/base/result.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/wire/error_code.h"
#include "kernel/wire/op_code.h"

namespace vivarium {

namespace xids {
inline constexpr Xid kNotification{-1};
inline constexpr Xid kPing{-2};
inline constexpr Xid kAuth{-4};
inline constexpr Xid kSetWatches{-8};
}  // namespace xids

enum class EventType : std::int32_t {
  kNone = -1,
  kNodeCreated = 1,
  kNodeDeleted = 2,
  kNodeDataChanged = 3,
  kNodeChildrenChanged = 4,
  kDataWatchRemoved = 5,
  kChildWatchRemoved = 6,
  kPersistentWatchRemoved = 7,
};
/// The only keeper state that servers send.
inline constexpr std::int32_t kStateSyncConnected = 3;

/// WatcherType of checkWatches and removeWatches.
enum class WatcherType : std::int32_t { kChildren = 1, kData = 2, kAny = 3, kPersistent = 4, kPersistentRecursive = 5 };
/// AddWatchMode on the wire.
enum class AddWatchMode : std::int32_t { kPersistent = 0, kPersistentRecursive = 1 };

/// The wire's number as a WatcherType; false for others (BADARGUMENTS).
constexpr bool is_watcher_type(std::int32_t value) { return value >= 1 && value <= 5; }
constexpr bool is_add_watch_mode(std::int32_t value) { return value == 0 || value == 1; }

namespace create_flags {
inline constexpr std::int32_t kPersistent = 0, kEphemeral = 1, kPersistentSequential = 2, kEphemeralSequential = 3,
                              kContainer = 4, kPersistentWithTtl = 5, kPersistentSequentialWithTtl = 6;
}

namespace perms {
inline constexpr std::int32_t kRead = 1, kWrite = 2, kCreate = 4, kDelete = 8, kAdmin = 16, kAll = 31;
}

/// What a client sees of a node; 68 bytes on the wire. `cversion` is the client's view (2*stored - children).
struct Stat {
  Zxid czxid, mzxid;
  WallTime ctime, mtime;
  std::int32_t version = 0, cversion = 0, aversion = 0;
  std::int64_t ephemeral_owner = 0;
  std::int32_t data_length = 0, num_children = 0;
  Zxid pzxid;
  friend bool operator==(const Stat&, const Stat&) = default;
};
void encode(ByteWriter& out, const Stat& stat);
Stat decode_stat(ByteReader& in);

// ---- handshake -----------------------------------------------------------------------------------------------

struct ConnectRequest {
  std::int32_t protocol_version = 0;
  Zxid last_zxid_seen;
  std::int32_t timeout_ms = 0;
  SessionId session_id;
  std::string_view password;
  std::optional<bool> read_only;  // absent from 3.4 C clients: answer in kind
};
std::optional<ConnectRequest> decode_connect_request(std::string_view frame);
void encode(ByteWriter& out, const ConnectRequest& request);

struct ConnectResponse {
  std::int32_t protocol_version = 0;
  std::int32_t timeout_ms = 0;  // 0: session invalid or expired
  SessionId session_id;
  std::string_view password;      // always 16 bytes
  std::optional<bool> read_only;  // present iff the request carried it
};
std::optional<ConnectResponse> decode_connect_response(std::string_view frame);
void encode(ByteWriter& out, const ConnectResponse& response);

// ---- headers -------------------------------------------------------------------------------------------------

struct RequestHeader {
  Xid xid;
  OpCode type = OpCode::kError;
};
struct ReplyHeader {
  Xid xid;
  Zxid zxid;
  ErrorCode error = ErrorCode::kOk;
};
RequestHeader decode_request_header(ByteReader& in);
ReplyHeader decode_reply_header(ByteReader& in);
void encode(ByteWriter& out, const RequestHeader& header);
void encode(ByteWriter& out, const ReplyHeader& header);

/// Puts the length of what is written between the two in front of it.
inline std::size_t begin_frame(ByteWriter& out) { return out.reserve_i32(); }
inline void end_frame(ByteWriter& out, std::size_t at) {
  out.patch_i32(at, static_cast<std::int32_t>(out.size() - at - 4));
}

// ---- requests (decoders take the frame after its RequestHeader; nullopt means MARSHALLINGERROR) -----------------

struct CreateRequest {  // create, create2, createContainer, createTTL
  std::string_view path;
  MaybeBytes data;
  std::optional<AclBytes> acl;  // encoded vector<ACL>, checked for shape; absent when null
  std::int32_t flags = 0;
  std::int64_t ttl_ms = 0;  // createTTL only
};
struct PathRequest {  // sync, getEphemerals(prefix), getAllChildrenNumber, getACL, deleteContainer
  std::string_view path;
};
struct PathVersionRequest {  // delete, check
  std::string_view path;
  std::int32_t version = -1;
};
struct PathWatchRequest {  // exists, getData, getChildren, getChildren2
  std::string_view path;
  bool watch = false;
};
struct SetDataRequest {
  std::string_view path;
  MaybeBytes data;
  std::int32_t version = -1;
};
struct SetAclRequest {
  std::string_view path;
  std::optional<AclBytes> acl;
  std::int32_t version = -1;
};
struct PathIntRequest {  // checkWatches and removeWatches (WatcherType), addWatch (mode)
  std::string_view path;
  std::int32_t value = 0;
};
struct AuthRequest {
  std::int32_t type = 0;
  std::string_view scheme;
  std::string_view credential;
};
struct SetWatchesRequest {  // setWatches, setWatches2: encoded vector<ustring> each, walked with StringVectorReader
  Zxid relative_zxid;
  std::string_view data, exist, child, persistent, persistent_recursive;
};
struct ReconfigRequest {
  MaybeBytes joining, leaving, new_members;
  std::int64_t current_config_id = -1;
};

std::optional<CreateRequest> decode_create_request(ByteReader& in, OpCode op);
std::optional<PathRequest> decode_path_request(ByteReader& in);
std::optional<PathVersionRequest> decode_path_version_request(ByteReader& in);
std::optional<PathWatchRequest> decode_path_watch_request(ByteReader& in);
std::optional<SetDataRequest> decode_set_data_request(ByteReader& in);
std::optional<SetAclRequest> decode_set_acl_request(ByteReader& in);
std::optional<PathIntRequest> decode_path_int_request(ByteReader& in);
std::optional<AuthRequest> decode_auth_request(ByteReader& in);
std::optional<SetWatchesRequest> decode_set_watches_request(ByteReader& in, OpCode op);
std::optional<ReconfigRequest> decode_reconfig_request(ByteReader& in);

void encode(ByteWriter& out, const CreateRequest& request, OpCode op);
void encode(ByteWriter& out, const PathRequest& request);
void encode(ByteWriter& out, const PathVersionRequest& request);
void encode(ByteWriter& out, const PathWatchRequest& request);
void encode(ByteWriter& out, const SetDataRequest& request);
void encode(ByteWriter& out, const SetAclRequest& request);
void encode(ByteWriter& out, const PathIntRequest& request);
void encode(ByteWriter& out, const AuthRequest& request);
void encode(ByteWriter& out, const SetWatchesRequest& request, OpCode op);
void encode(ByteWriter& out, const ReconfigRequest& request);

/// Walks an encoded vector<ustring> (count included).
class StringVectorReader {
 public:
  explicit StringVectorReader(std::string_view encoded);
  bool done() const { return left_ <= 0; }
  std::string_view next();
  std::int32_t size() const { return count_; }

 private:
  ByteReader reader_;
  std::int32_t count_;
  std::int32_t left_;
};
/// Takes an encoded vector<ustring> off `in` as raw bytes after checking its shape; a null vector becomes empty.
std::optional<std::string_view> take_string_vector(ByteReader& in);

/// Header in front of each operation and result of a multi.
struct MultiHeader {
  std::int32_t type = 0;
  bool done = false;
  ErrorCode error = ErrorCode::kOk;
};
MultiHeader decode_multi_header(ByteReader& in);
void encode(ByteWriter& out, const MultiHeader& header);

// ---- ACL lists -------------------------------------------------------------------------------------------------

struct Acl {
  std::int32_t permissions = 0;
  std::string_view scheme, id;
};
/// Walks an encoded vector<ACL> (count included).
class AclReader {
 public:
  explicit AclReader(AclBytes encoded);
  bool done() const { return left_ <= 0; }
  Acl next();
  std::int32_t size() const { return count_; }

 private:
  ByteReader reader_;
  std::int32_t count_;
  std::int32_t left_;
};
/// Takes an encoded vector<ACL> off `in` after checking its shape. nullopt: null or malformed (then !in.ok()).
std::optional<AclBytes> take_acl(ByteReader& in);
void encode(ByteWriter& out, const Acl& acl);
/// The encoded list [world:anyone:cdrwa], and [world:anyone:r].
AclBytes open_acl();
AclBytes read_only_acl();

// ---- events ----------------------------------------------------------------------------------------------------

struct WatcherEvent {
  EventType type = EventType::kNone;
  std::int32_t state = kStateSyncConnected;
  std::string_view path;
};
std::optional<WatcherEvent> decode_watcher_event(ByteReader& in);
void encode(ByteWriter& out, const WatcherEvent& event);

}  // namespace vivarium
