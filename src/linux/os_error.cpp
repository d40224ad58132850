#include "os_error.hpp"

#include <string>
#include <system_error>

namespace splash::linux {

Failure os_failure(Errc code, std::string_view doing, int error_number) {
    return fail(code, std::string(doing) + ": " + std::generic_category().message(error_number));
}

Failure os_failure(std::string_view doing, int error_number) {
    return os_failure(Errc::System, doing, error_number);
}

}  // namespace splash::linux
