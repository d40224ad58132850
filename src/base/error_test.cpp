#include "base/error.hpp"

#include <gtest/gtest.h>

#include <set>

namespace splash {
namespace {

constexpr Errc kAll[] = {
#define SPLASH_ERROR(name, number, exit, what, next) Errc::name,
#include "errors.def"
#undef SPLASH_ERROR
};

TEST(ErrorTable, SaysWhatHappenedAndWhatToDoNext) {
    std::set<std::string_view> names;
    for (const Errc code : kAll) {
        EXPECT_TRUE(names.insert(name_of(code)).second) << name_of(code);
        EXPECT_FALSE(what_happened(code).empty()) << name_of(code);
        EXPECT_FALSE(what_next(code).empty()) << name_of(code);
        EXPECT_FALSE(what_happened(code).ends_with('.')) << name_of(code);
        EXPECT_FALSE(what_next(code).ends_with('.')) << name_of(code);
        EXPECT_NE(exit_class(code), ExitClass::Yes) << name_of(code);
    }
}

TEST(ErrorTable, GivesUnlistedCodesTheClassOfABug) {
    const auto unlisted = static_cast<Errc>(250);
    EXPECT_EQ(exit_class(unlisted), ExitClass::Bug);
    EXPECT_EQ(name_of(unlisted), "Unlisted");
}

TEST(ErrorTable, TellsAWellFormedNoFromABug) {
    EXPECT_EQ(exit_class(Errc::SnmpError), ExitClass::No);
    EXPECT_EQ(exit_class(Errc::Bug), ExitClass::Bug);
    EXPECT_EQ(static_cast<int>(ExitClass::Bug), 70);
}

TEST(Error, PutsWhatIsPointedAtBelow) {
    EXPECT_EQ(
        to_string(Error{Errc::Usage, "line 1: no such type\nquad f(void)\n^^^^"}),
        "line 1: no such type: the command line is wrong; see --help of this command\nquad f(void)\n^^^^");
}

TEST(Error, PrintsFactsThenMeaningThenAdvice) {
    const Error error{Errc::NoSuchName, "sysNmae.0"};
    EXPECT_EQ(to_string(error), "sysNmae.0: " + std::string(what_happened(Errc::NoSuchName)) + "; " +
                                    std::string(what_next(Errc::NoSuchName)));
    EXPECT_EQ(to_string(Error{Errc::Usage, ""}),
              std::string(what_happened(Errc::Usage)) + "; " + std::string(what_next(Errc::Usage)));
}

TEST(Result, HoldsAValueOrAnError) {
    const Result<int> good = 42;
    const Result<int> bad = fail(Errc::TooLarge, "70000 octets");
    EXPECT_EQ(good.value(), 42);
    EXPECT_EQ(bad.error(), (Error{Errc::TooLarge, "70000 octets"}));
    EXPECT_EQ(good.map([](int n) { return n + 1; }).value(), 43);
    const Result<> nothing;
    EXPECT_TRUE(nothing.has_value());
}

}  // namespace
}  // namespace splash
