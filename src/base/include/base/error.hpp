// Errors as operators see them: one table (spec/errors.def) gives the code, what happened, what to do
// next and the exit class; an Error adds the facts of this case.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace splash {

enum class Errc : std::uint8_t {
#define SPLASH_ERROR(name, number, exit, what, next) name = (number),
#include "errors.def"
#undef SPLASH_ERROR
};

/// Exit classes of the command line.
enum class ExitClass : std::uint8_t { Yes = 0, No = 1, Usage = 2, Input = 3, Environment = 4, Bug = 70 };

/// Why a request could not be served.
struct Error {
    Errc code;
    std::string detail;  ///< Facts only: sizes, limits, names. No advice, no trailing newline.

    bool operator==(const Error&) const = default;
};

/// What the code means, without a full stop.
[[nodiscard]] std::string_view what_happened(Errc code);
/// What a person can do about it.
[[nodiscard]] std::string_view what_next(Errc code);
[[nodiscard]] std::string_view name_of(Errc code);
[[nodiscard]] ExitClass exit_class(Errc code);
/// "detail: what happened; what next" in one line. Further lines of the detail, such as a place pointed at,
/// follow.
[[nodiscard]] std::string to_string(const Error& error);

/// A value or an Error. The only name under which tl::expected is used.
template <class T = void>
class [[nodiscard]] Result : public tl::expected<T, Error> {
    using Base = tl::expected<T, Error>;

public:
    using Base::Base;
    // NOLINTNEXTLINE(google-explicit-constructor): lets map() and and_then() results flow back.
    Result(Base base) : Base(std::move(base)) {}
};

using Failure = tl::unexpected<Error>;

/// Shorthand for the error side: `return fail(Errc::BadInput, "line 3: ...")`.
[[nodiscard]] inline Failure fail(Errc code, std::string detail) {
    return Failure(Error{code, std::move(detail)});
}

}  // namespace splash
