#include "base/error.hpp"

#include <algorithm>
#include <array>

namespace splash {
namespace {

struct ErrorInfo {
    Errc code;
    ExitClass exit;
    std::string_view name;
    std::string_view what;
    std::string_view next;
};

constexpr auto kErrors = std::to_array<ErrorInfo>({
#define SPLASH_ERROR(name, number, exit, what, next) {Errc::name, ExitClass::exit, #name, what, next},
#include "errors.def"
#undef SPLASH_ERROR
});

constexpr bool numbers_are_unique() {
    for (std::size_t i = 0; i < kErrors.size(); ++i) {
        for (std::size_t k = i + 1; k < kErrors.size(); ++k) {
            if (kErrors[i].code == kErrors[k].code) {
                return false;
            }
        }
    }
    return true;
}
static_assert(numbers_are_unique());

const ErrorInfo& info(Errc code) {
    for (const ErrorInfo& e : kErrors) {
        if (e.code == code) {
            return e;
        }
    }
    static constexpr ErrorInfo kUnlisted{Errc::Bug, ExitClass::Bug, "Unlisted", "an unlisted error",
                                         "please report it"};
    return kUnlisted;
}

}  // namespace

std::string_view what_happened(Errc code) {
    return info(code).what;
}
std::string_view what_next(Errc code) {
    return info(code).next;
}
std::string_view name_of(Errc code) {
    return info(code).name;
}
ExitClass exit_class(Errc code) {
    return info(code).exit;
}

std::string to_string(const Error& error) {
    const std::size_t line_end = std::min(error.detail.find('\n'), error.detail.size());
    std::string text = error.detail.substr(0, line_end);
    if (!text.empty()) {
        text += ": ";
    }
    text += what_happened(error.code);
    text += "; ";
    text += what_next(error.code);
    return text + error.detail.substr(line_end);
}

}  // namespace splash
