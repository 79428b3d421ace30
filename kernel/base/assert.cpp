// Where Boost's containers report misuse: they may not throw in the kernel, so misuse is a panic.
#include "kernel/base/assert.h"

#include <boost/assert.hpp>
#include <boost/container/throw_exception.hpp>
#include <boost/throw_exception.hpp>
#include <exception>

namespace boost::container {

void throw_bad_alloc() { ::vivarium::panic("out of memory", __FILE__, __LINE__); }
void throw_out_of_range(const char* what) { ::vivarium::panic(what, __FILE__, __LINE__); }
void throw_length_error(const char* what) { ::vivarium::panic(what, __FILE__, __LINE__); }
void throw_logic_error(const char* what) { ::vivarium::panic(what, __FILE__, __LINE__); }
void throw_runtime_error(const char* what) { ::vivarium::panic(what, __FILE__, __LINE__); }

}  // namespace boost::container

namespace boost {

void assertion_failed(const char* condition, const char*, const char* file, long line) {
  ::vivarium::panic(condition, file, static_cast<int>(line));
}
void assertion_failed_msg(const char* condition, const char*, const char*, const char* file, long line) {
  ::vivarium::panic(condition, file, static_cast<int>(line));
}

}  // namespace boost

#ifdef BOOST_NO_EXCEPTIONS
namespace boost {

void throw_exception(const std::exception&) { ::vivarium::panic("boost::throw_exception", __FILE__, __LINE__); }
void throw_exception(const std::exception&, const boost::source_location&) {
  ::vivarium::panic("boost::throw_exception", __FILE__, __LINE__);
}

}  // namespace boost
#endif
