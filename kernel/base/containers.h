// The containers that the kernel may use. Boost.Container reports misuse through `panic`, never by throwing.
//
// Must never: offer a hash container for iteration. HashMap and HashSet are for look-up only; anything that
// is observable (replies, snapshots, digests, traces) walks a sorted or insertion-ordered container.
#pragma once

#include <boost/container/deque.hpp>
#include <boost/container/flat_map.hpp>
#include <boost/container/flat_set.hpp>
#include <boost/container/map.hpp>
#include <boost/container/new_allocator.hpp>
#include <boost/container/set.hpp>
#include <boost/container/small_vector.hpp>
#include <boost/container/static_vector.hpp>
#include <boost/container/string.hpp>
#include <boost/container/vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace vivarium {

using String = boost::container::string;
template <class T>
using Vector = boost::container::vector<T>;
template <class T, std::size_t N>
using SmallVector = boost::container::small_vector<T, N>;
template <class T, std::size_t N>
using StaticVector = boost::container::static_vector<T, N>;
template <class T>
using Deque = boost::container::deque<T>;
template <class K, class V, class Less = std::less<>>
using Map = boost::container::map<K, V, Less>;
template <class K, class Less = std::less<>>
using Set = boost::container::set<K, Less>;
template <class K, class V, class Less = std::less<>>
using FlatMap = boost::container::flat_map<K, V, Less>;
template <class K, class Less = std::less<>>
using FlatSet = boost::container::flat_set<K, Less>;

/// A fixed mix of an integer key: the same table layout on every machine, though nobody may look at it.
struct IntegerHash {
  using is_avalanching = void;
  std::size_t operator()(std::uint64_t v) const {
    v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9ULL;
    v = (v ^ (v >> 27)) * 0x94d049bb133111ebULL;
    return static_cast<std::size_t>(v ^ (v >> 31));
  }
  std::size_t operator()(std::int64_t v) const { return (*this)(static_cast<std::uint64_t>(v)); }
};
/// Look-up by an integer key. Never iterate it.
template <class K, class V>
using HashMap = boost::unordered_flat_map<K, V, IntegerHash, std::equal_to<K>,
                                          boost::container::new_allocator<std::pair<const K, V>>>;

inline std::string_view view(const String& s) { return {s.data(), s.size()}; }
inline String to_string(std::string_view s) { return String(s.data(), s.size()); }

/// Orders String and string_view by their bytes, so that maps keyed by String take either.
struct BytesLess {
  using is_transparent = void;
  static std::string_view key(std::string_view s) { return s; }
  static std::string_view key(const String& s) { return view(s); }
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    return key(a) < key(b);
  }
};

}  // namespace vivarium
