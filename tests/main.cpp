#define BOOST_TEST_MODULE stagedoor
#include <boost/test/unit_test.hpp>
