#include "c_function.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "plug_ins_for_test.hpp"

namespace splash::plugins {
namespace {

using isa::Exc;
using isa::Str;
using isa::Value;
using ::testing::HasSubstr;
using Values = std::vector<Value>;

class CFunctions : public PlugInDirectory {
protected:
    void SetUp() override {
        PlugInDirectory::SetUp();
        path = take("c_library");
    }
    CFunctionSettings declared(const std::string& signature) const {
        CFunctionSettings settings;
        settings.library = path;
        settings.service = "under_test";
        settings.prototype = std::get<Prototype>(parse_prototype(signature));
        return settings;
    }
    /// The result, or the exception.
    Value ask(const CFunctionSettings& settings, const Values& arguments) const {
        const auto function = load_c_function(settings, owner);
        if (!function) {
            ADD_FAILURE() << function.error().detail;
            return Exc::ServiceFailed;
        }
        const Outcome outcome = call(*function, arguments, node::Instant::max());
        if (const auto* values = std::get_if<Values>(&outcome.results)) {
            return values->size() == 1 ? values->front() : Value(Str{"not one result"});
        }
        return std::get<Exc>(outcome.results);
    }
    Value ask(const std::string& signature, const Values& arguments) const {
        return ask(declared(signature), arguments);
    }

    std::string path;
};

template <class T>
constexpr std::int64_t least() {
    return static_cast<std::int64_t>(std::numeric_limits<T>::min());
}
template <class T>
constexpr std::int64_t most() {
    return static_cast<std::int64_t>(std::numeric_limits<T>::max());
}

TEST_F(CFunctions, TakeIntegersWithinTheirTypeAndRefuseOthers) {
    struct Range {
        std::string type;
        std::string function;
        std::int64_t least;
        std::int64_t most;
    };
    for (const Range& range : {Range{"int8_t", "same_int8", least<std::int8_t>(), most<std::int8_t>()},
                               Range{"uint8_t", "same_uint8", 0, most<std::uint8_t>()},
                               Range{"int16_t", "same_int16", least<std::int16_t>(), most<std::int16_t>()},
                               Range{"uint16_t", "same_uint16", 0, most<std::uint16_t>()},
                               Range{"int32_t", "same_int32", least<std::int32_t>(), most<std::int32_t>()},
                               Range{"uint32_t", "same_uint32", 0, most<std::uint32_t>()}}) {
        const std::string signature = range.type + ' ' + range.function + '(' + range.type + ')';
        EXPECT_EQ(ask(signature, {range.least}), Value(range.least)) << signature;
        EXPECT_EQ(ask(signature, {range.most}), Value(range.most)) << signature;
        EXPECT_EQ(ask(signature, {range.least - 1}), Value(Exc::OutOfRange)) << signature;
        EXPECT_EQ(ask(signature, {range.most + 1}), Value(Exc::OutOfRange)) << signature;
    }
    EXPECT_EQ(ask("int64_t same_int64(int64_t)", {INT64_MIN}), Value(INT64_MIN));
    EXPECT_EQ(ask("uint64_t same_uint64(uint64_t)", {INT64_MAX}), Value(INT64_MAX));
    EXPECT_EQ(ask("uint64_t same_uint64(uint64_t)", {std::int64_t{-1}}), Value(Exc::OutOfRange));
    EXPECT_EQ(ask("uint64_t largest(void)", {}), Value(Exc::OutOfRange));
}

TEST_F(CFunctions, TakeEveryOtherType) {
    EXPECT_EQ(ask("bool negate(bool)", {std::int64_t{256}}), Value(std::int64_t{0}));
    EXPECT_EQ(ask("_Bool negate(_Bool)", {std::int64_t{0}}), Value(std::int64_t{1}));
    EXPECT_EQ(ask("float half(float)", {3.0}), Value(1.5));
    EXPECT_EQ(ask("double sum(double, float, int8_t, int64_t, uint16_t)",
                  {0.5, 0.25, std::int64_t{-1}, std::int64_t{1} << 40, std::int64_t{65535}}),
              Value(0.75 - 1 + 1099511627776.0 + 65535));
    const Value address = *IpAddress::parse("192.0.2.1");
    EXPECT_EQ(ask("in_addr_t same_address(in_addr_t)", {address}), address);
    EXPECT_EQ(ask("in_addr_t same_address(in_addr_t)", {*IpAddress::parse("::1")}), Value(Exc::OutOfRange));
    EXPECT_EQ(ask("void nothing(void)", {}), Value(std::int64_t{1}));
}

TEST_F(CFunctions, TakeAndGiveText) {
    EXPECT_EQ(ask("const char *borrowed(void)", {}), Value(Str{"lives as long as the library"}));
    EXPECT_EQ(ask("const char *absent(void)", {}), Value(Exc::NoSuchInstance));
    CFunctionSettings twice = declared("char *twice(const char *)");
    twice.frees_result = true;  // or the leak sanitizer says so
    EXPECT_EQ(ask(twice, {Str{"ab"}}), Value(Str{"abab"}));
    EXPECT_EQ(ask(twice, {Str{std::string("a\0b", 3)}}), Value(Exc::OutOfRange)) << "C would see only a";
    CFunctionSettings long_text = declared("char *long_text(uint32_t)");
    long_text.frees_result = true;
    EXPECT_EQ(ask(long_text, {std::int64_t{65535}}), Value(Str{std::string(65535, 'x')}));
    EXPECT_EQ(ask(long_text, {std::int64_t{65536}}), Value(Exc::ServiceFailed));
}

TEST_F(CFunctions, AreDescribedByTheirPrototype) {
    const auto function = load_c_function(declared("const char *f(int, double, in_addr_t)"), owner);
    ASSERT_FALSE(function) << "there is no f";
    EXPECT_EQ(function.error().code, Errc::PlugIn);
    EXPECT_THAT(function.error().detail, HasSubstr("snap_svc_c_library.so does not export f"));
    const auto sum = load_c_function(declared("double sum(double, float, int8_t, int64_t, uint16_t)"), owner);
    ASSERT_TRUE(sum);
    EXPECT_EQ(sum->arguments, "ffiii");
    EXPECT_EQ(sum->results, "f");
    EXPECT_EQ(sum->name, "under_test");
    const auto nothing = load_c_function(declared("void nothing(void)"), owner);
    ASSERT_TRUE(nothing);
    EXPECT_EQ(nothing->results, "i") << "where a program sees that it may not call it";
    EXPECT_EQ(sum->right, node::Right::Read);
}

TEST_F(CFunctions, OfTheSystemsLibrariesNeedNoPath) {
    CFunctionSettings hypot = declared("double hypot(double, double)");
    hypot.library = "libm.so.6";
    EXPECT_EQ(ask(hypot, {3.0, 4.0}), Value(5.0));
}

}  // namespace
}  // namespace splash::plugins
