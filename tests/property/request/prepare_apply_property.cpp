// prepare and apply against a naive server, for random requests of several sessions and a random lag of the commits.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>

#include "tests/property/request/naive_server.h"

namespace vivarium::testing {
namespace {

/// Numbers that a step is made of; small ones mean simple things, so that shrinking helps.
using Numbers = std::array<int, 10>;

rc::Gen<std::vector<Numbers>> steps() {
  return rc::gen::scale(
      3.0, rc::gen::container<std::vector<Numbers>>(rc::gen::container<Numbers>(rc::gen::inRange(0, 1000))));
}

std::string path_of(int a, int b) {
  static const std::vector<std::string> paths = {"/a",     "/b", "/a/a", "/a/b",    "/b/a",       "/a/a/a",
                                                 "/a/a/b", "/",  "/a/",  "/a/b/c/", "/zookeeper", "/zookeeper/q",
                                                 "",       "a",  "//a",  "/a//b",   "/a/..",      "/a/./b"};
  // Most of them from the simple ones.
  return b % 5 != 4 ? paths[static_cast<std::size_t>(a) % 7] : paths[static_cast<std::size_t>(a) % paths.size()];
}

NaiveRequest operation_of(const Numbers& n, bool in_multi) {
  static const std::vector<OpCode> ops = {
      OpCode::kCreate,          OpCode::kDelete,    OpCode::kSetData, OpCode::kCreate2, OpCode::kCreate,
      OpCode::kCreateContainer, OpCode::kCreateTtl, OpCode::kSetAcl,  OpCode::kCreate2, OpCode::kDelete};
  NaiveRequest r;
  r.op = ops[static_cast<std::size_t>(n[1]) % ops.size()];
  if (in_multi && r.op == OpCode::kSetAcl) r.op = OpCode::kCheck;
  r.path = path_of(n[2], n[3]);
  if (n[4] % 4 != 3) r.data = std::string(static_cast<std::size_t>(n[4] % 4), 'x');
  static const std::vector<int> flags = {0, 0, 1, 2, 3, 0, 4, 5, 0, 1, 0, 2, 7, 6};
  r.flags = flags[static_cast<std::size_t>(n[5]) % flags.size()];
  if (r.op == OpCode::kCreateTtl && n[5] % 4 != 0) r.flags = 5 + n[5] % 2;
  r.ttl = n[6] % 9 == 8 ? -1 : n[6] % 9 == 7 ? (std::int64_t{1} << 40) : 1 + n[6];
  r.version = n[7] % 3 == 2 ? n[7] % 4 : -1;
  r.acl = n[8] % 4 != 3 ? AclChoice::kOpen : static_cast<AclChoice>((n[8] / 4) % static_cast<int>(AclChoice::kCount));
  return r;
}

/// The kernel and the naive server, given the same requests.
struct Twins {
  Twins(bool extended_types, bool digest) : world({}, TreeOptions{extended_types, digest}), naive(extended_types) {
    naive.nodes = dump(world.tree);
    naive.sessions.insert(world.session.value);
    live.push_back(world.session);
    for (const char* path : {"/a", "/b", "/a/a"}) {
      NaiveRequest create;
      create.path = path;
      request(create, 0, Who::kStranger);
    }
  }

  static NaiveServer::Nodes dump(const DataTree& tree) {
    NaiveServer::Nodes nodes;
    SnapshotCursor cursor;
    while (const Znode* z = tree.snapshot_next(cursor)) {
      const StatPersisted s = tree.stat_persisted(*z);
      NaiveNode n;
      if (const MaybeBytes data = tree.data(*z)) n.data = std::string(*data);
      n.acl = std::string(tree.acl(*z));
      n.owner = s.ephemeral_owner;
      n.czxid = s.czxid.value, n.mzxid = s.mzxid.value, n.pzxid = s.pzxid.value;
      n.ctime = s.ctime.millis, n.mtime = s.mtime.millis;
      n.version = s.version, n.cversion = s.cversion, n.aversion = s.aversion;
      nodes[cursor.path().empty() ? "/" : std::string(cursor.path())] = n;
    }
    return nodes;
  }

  void become(Who who) {
    world.identities.clear();
    world.identities.push_back(identity("ip", "127.0.0.1"));
    if (who == Who::kBob) world.identities.push_back(identity("digest", "bob:h"));
    if (who == Who::kSuper) world.identities.push_back(identity("super", ""));
  }

  void open_session() {
    const SessionId id{1000 + ++opened};
    world.session = id;
    world.prepare(OpCode::kCreateSession, std::string("\0\0\x10\0", 4));
    expect_txn({});
    naive.sessions.insert(id.value);
    live.push_back(id);
  }

  void request(const NaiveRequest& r, std::size_t which, Who who) {
    world.session = live[which % live.size()];
    become(who);
    const Prepared prepared = world.prepare(r.op, r.body());
    const ErrorCode error = naive.run(r, world.session.value, who, world.zxid, world.now);
    RC_ASSERT(prepared.error == error);
    expect_txn(error == ErrorCode::kOk ? naive.created : std::vector<std::string>{});
  }

  /// Remembers what the commit of the newest txn must show.
  void expect_txn(std::vector<std::string> created) {
    expected_created.push_back(std::move(created));
    history.push_back(world.pending.back());
    const Txn txn = *decode_txn(history.back());
    if (txn.digest) RC_ASSERT(txn.digest->tree_digest == naive.digest());
  }

  void commit() {
    if (world.pending.empty()) return;
    world.commit();
    RC_ASSERT(world.outcome.digest_matches);
    std::vector<std::string> created;
    for (const OpResult& result : world.outcome.results) {
      const bool is_create = result.type == OpCode::kCreate || result.type == OpCode::kCreate2 ||
                             result.type == OpCode::kCreateContainer || result.type == OpCode::kCreateTtl;
      if (is_create && result.error == ErrorCode::kOk) created.emplace_back(result.path);
    }
    RC_ASSERT(created == expected_created.front());
    expected_created.erase(expected_created.begin());
  }

  void step(const Numbers& n) {
    const int kind = n[0] % 40;
    const Who who = n[9] % 3 != 2 ? Who::kStranger : static_cast<Who>((n[9] / 3) % static_cast<int>(Who::kCount));
    // Mostly the newest session.
    const std::size_t which = n[9] % 11 == 10 ? static_cast<std::size_t>(n[9] / 11) : live.size() - 1;
    if (kind < 26) {
      request(operation_of(n, false), which, who);
    } else if (kind < 37) {
      NaiveRequest multi;
      multi.op = OpCode::kMulti;
      Numbers m = n;
      for (int i = 0; i < n[6] % 5; ++i) {
        multi.operations.push_back(operation_of(m, true));
        for (int& v : m) v = (v * 31 + 7) % 1000;
      }
      request(multi, which, who);
    } else if (kind == 37) {
      NaiveRequest close;
      close.op = OpCode::kCloseSession;
      request(close, which, who);
    } else {
      open_session();
    }
    for (int i = 0; i < n[8] % 3; ++i) commit();
  }

  void finish() {
    while (!world.pending.empty()) commit();
    RC_ASSERT(dump(world.tree) == naive.nodes);
    if (world.tree.options().digest) RC_ASSERT(world.tree.digest() == naive.digest());
    RC_ASSERT(world.preparer.outstanding().size() == 0u);
    std::set<std::int64_t> open;
    world.sessions.for_each([&open](SessionId id, std::int32_t) { open.insert(id.value); });
    RC_ASSERT(open == naive.sessions);
  }

  RequestWorld world;
  NaiveServer naive;
  std::vector<SessionId> live;  // also closed ones: their requests must fail
  std::vector<std::string> history;
  std::vector<std::vector<std::string>> expected_created;
  std::int64_t opened = 0;
};

StateHash hash_of(const RequestWorld& world) {
  StateHash hash;
  world.tree.hash_into(hash);
  world.sessions.hash_into(hash);
  return hash;
}

RC_GTEST_PROP(PrepareApply, agrees_with_a_naive_server_under_any_lag, ()) {
  const auto list = *steps();
  Twins twins(*rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>());
  for (const Numbers& n : list) twins.step(n);
  twins.finish();
}

RC_GTEST_PROP(PrepareApply, applying_each_txn_twice_is_applying_it_once, ()) {
  const auto list = *steps();
  Twins twins(true, true);
  for (const Numbers& n : list) twins.step(n);
  twins.finish();

  RequestWorld twice({}, TreeOptions{true, true});
  for (const std::string& bytes : twins.history) {
    const Txn txn = *decode_txn(bytes);
    for (int i = 0; i < 2; ++i) {
      apply(twice.tree, twice.sessions, txn, twice.outcome);
      RC_ASSERT(twice.outcome.digest_matches);
    }
  }
  RC_ASSERT(hash_of(twice) == hash_of(twins.world));
}

RC_GTEST_PROP(PrepareApply, replaying_any_recent_part_of_history_over_its_result_changes_nothing, ()) {
  const auto list = *steps();
  Twins twins(true, true);
  for (const Numbers& n : list) twins.step(n);
  twins.finish();

  const StateHash before = hash_of(twins.world);
  const std::size_t from = *rc::gen::inRange<std::size_t>(0, twins.history.size() + 1);
  for (std::size_t i = from; i < twins.history.size(); ++i) {
    apply(twins.world.tree, twins.world.sessions, *decode_txn(twins.history[i]), twins.world.outcome);
  }
  RC_ASSERT(Twins::dump(twins.world.tree) == twins.naive.nodes);
  RC_ASSERT(hash_of(twins.world) == before);
}

RC_GTEST_PROP(PrepareApply, a_multi_is_its_operations_one_by_one_or_nothing, ()) {
  const auto list = *steps();
  Twins twins(true, true);
  for (const Numbers& n : list) twins.step(n);
  twins.finish();

  MultiOps operations;
  const auto numbers =
      *rc::gen::container<std::vector<Numbers>>(rc::gen::container<Numbers>(rc::gen::inRange(0, 1000)));
  for (std::size_t i = 0; i < numbers.size() && i < 6; ++i) {
    const NaiveRequest r = operation_of(numbers[i], true);
    operations.emplace_back(r.op, r.body());
  }
  RequestWorld& together = twins.world;
  together.open_session(SessionId{7777});
  together.session = SessionId{7777};
  RequestWorld apart = together;
  const NaiveServer::Nodes before = Twins::dump(together.tree);

  const ErrorCode error = together.multi(operations);
  ErrorCode first_error = ErrorCode::kOk;
  for (const auto& [op, body] : operations) {
    const ErrorCode e = op == OpCode::kCheck ? apart.multi({{op, body}}) : apart.write(op, body);
    if (first_error == ErrorCode::kOk) first_error = e;
  }
  RC_ASSERT(error == first_error);
  if (error != ErrorCode::kOk) {
    RC_ASSERT(Twins::dump(together.tree) == before);
    return;
  }
  auto without_stamps = [](NaiveServer::Nodes nodes) {
    for (auto& [path, n] : nodes) n.czxid = n.mzxid = n.pzxid = n.ctime = n.mtime = 0;
    return nodes;
  };
  RC_ASSERT(without_stamps(Twins::dump(together.tree)) == without_stamps(Twins::dump(apart.tree)));
}

}  // namespace
}  // namespace vivarium::testing
