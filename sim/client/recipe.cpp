// What recipes share; see recipe.h.
#include "sim/client/recipe.h"

#include <algorithm>

namespace vivarium::sim {
namespace {

/// The ten digits that the server appended.
std::string_view sequence(std::string_view name) { return name.substr(name.size() < 10 ? 0 : name.size() - 10); }

}  // namespace

OpCode Recipe::ask_create(Vector<char>& out, std::string_view path, std::string_view data, std::int32_t flags) {
  ByteWriter writer(out);
  CreateRequest request;
  request.path = path;
  request.data = MaybeBytes(data);
  request.acl = open_acl();
  request.flags = flags;
  encode(writer, request, OpCode::kCreate);
  return OpCode::kCreate;
}

OpCode Recipe::ask_delete(Vector<char>& out, std::string_view path) {
  ByteWriter writer(out);
  encode(writer, PathVersionRequest{path, -1});
  return OpCode::kDelete;
}

OpCode Recipe::ask(Vector<char>& out, OpCode op, std::string_view path, bool watch) {
  ByteWriter writer(out);
  if (op == OpCode::kSync) {
    encode(writer, PathRequest{path});
  } else {
    encode(writer, PathWatchRequest{path, watch});
  }
  return op;
}

std::vector<std::string> in_line(std::string_view children_reply) {
  ByteReader in(children_reply);
  const std::int32_t count = in.i32();
  std::vector<std::string> names;
  for (std::int32_t i = 0; i < count && in.ok(); ++i) names.emplace_back(in.ustring());
  if (!in.finished()) return {};
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return sequence(a) != sequence(b) ? sequence(a) < sequence(b) : a < b;
  });
  return names;
}

}  // namespace vivarium::sim
