// The one place where Boost.JSON is compiled: it is used without its shared library.
#include <boost/json/src.hpp>
