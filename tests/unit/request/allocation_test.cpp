// The hot paths allocate nothing once their buffers have grown: reads never, preparation of writes in steady state.
#include <cstdlib>
#include <new>

#include "tests/support/request_world.h"

namespace {
std::size_t allocations = 0;
}  // namespace

// Counts for the whole test binary; only differences are looked at.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace vivarium::testing {
namespace {

/// Allocations of the second of two equal runs.
template <class Work>
std::size_t allocations_in_steady_state(Work&& work) {
  work();
  const std::size_t before = allocations;
  work();
  return allocations - before;
}

struct Reads : RequestWorld {
  void run(OpCode op, const std::string& body) {
    out.clear();
    ByteWriter writer(out);
    const ReadContext context{session, channel, Xid{1}, &identities, false};
    execute_read(tree, watches, context, op, body, writer);
  }
  Vector<char> out;
};

// All but getAllChildrenNumber, whose walk over the subtree keeps a stack.
TEST(Allocation, reads_allocate_nothing) {
  Reads w;
  const std::string acl = acl_of({{perms::kRead, "ip", "127.0.0.0/8"}, {perms::kAll, "digest", "bob:h"}});
  w.create("/a-node-with-quite-a-long-name", std::string(100, 'x'), 0, AclBytes(acl));
  w.create("/e", "", create_flags::kEphemeral);
  const std::string watch = encoded(PathWatchRequest{"/a-node-with-quite-a-long-name", false});
  const std::string path = encoded(PathRequest{"/a-node-with-quite-a-long-name"});
  const std::string root = encoded(PathWatchRequest{"/", false}), all = encoded(PathRequest{""});
  const std::string multi = multi_body({{OpCode::kGetData, watch}, {OpCode::kGetChildren, root}});
  EXPECT_EQ(allocations_in_steady_state([&] {
              for (const OpCode op : {OpCode::kExists, OpCode::kGetData, OpCode::kGetChildren, OpCode::kGetChildren2}) {
                w.run(op, watch);
                w.run(op, root);
              }
              for (const OpCode op : {OpCode::kGetAcl, OpCode::kSync}) w.run(op, path);
              w.run(OpCode::kGetEphemerals, all);
              w.run(OpCode::kMultiRead, multi);
              w.run(OpCode::kWhoAmI, "");
              w.run(OpCode::kPing, "");
            }),
            0u);
}

TEST(Allocation, preparing_a_write_allocates_nothing_in_steady_state) {
  RequestWorld w;
  const std::string acl = acl_of({{perms::kAll, "world", "anyone"}, {perms::kAll, "auth", ""}});
  w.identities.push_back(identity("digest", "bob:h"));
  w.create("/a-node-with-quite-a-long-name", std::string(100, 'x'));
  const std::string set = set_data_body("/a-node-with-quite-a-long-name", std::string(100, 'y'));
  const std::string set_acl = set_acl_body("/a-node-with-quite-a-long-name", acl);
  const std::string create =
      create_body(OpCode::kCreate, "/another-node-with-a-long-name-", "data", create_flags::kEphemeralSequential);
  const std::string multi = multi_body({{OpCode::kSetData, set}, {OpCode::kCheck, path_version_body("/", 99)}});
  Vector<char> out;
  EXPECT_EQ(
      allocations_in_steady_state([&] {
        out.clear();
        for (int i = 0; i < 50; ++i) {
          const std::pair<OpCode, const std::string&> write[] = {
              {OpCode::kSetData, set}, {OpCode::kSetAcl, set_acl}, {OpCode::kCreate, create}, {OpCode::kMulti, multi}};
          for (const auto& [op, body] : write) {
            const RequestContext context{w.session, Xid{1}, Zxid{++w.zxid}, WallTime{1}, &w.identities, false};
            w.preparer.prepare(w.tree, w.sessions, context, op, body, out);
          }
        }
        w.preparer.applied(Zxid{w.zxid});  // nothing was applied, which the overlay cannot tell
      }),
      0u);
}

}  // namespace
}  // namespace vivarium::testing
