// Somebody who looks at a world at times of his own choosing, and changes nothing in it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kernel/inspect.h"
#include "sim/check/history.h"

namespace vivarium::sim {

class WorldView {
 public:
  virtual ~WorldView() = default;
  virtual std::uint32_t size() const = 0;
  /// Nothing while the server is down.
  virtual std::optional<MemberView> member(std::uint32_t server) const = 0;
  virtual std::string describe(std::uint32_t server) const = 0;
  /// The last txn that is committed, how many are, and how many leaders were ever established.
  virtual Zxid committed() const = 0;
  virtual std::uint64_t commits() const = 0;
  virtual std::uint64_t elections() const = 0;
  virtual const History& history() const = 0;
};

class Inspector {
 public:
  virtual ~Inspector() = default;
  virtual std::vector<std::int64_t> times() const = 0;
  /// times()[index] has come. May fail the seed.
  virtual void look(std::size_t index, const WorldView& world) = 0;
};

}  // namespace vivarium::sim
