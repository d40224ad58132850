// The boundary itself, called as a plug-in calls it, rightly and wrongly.
#include "service_call.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace splash::plugins {
namespace {

using isa::Exc;
using isa::Str;
using isa::Value;
using ::testing::HasSubstr;
using Values = std::vector<Value>;

class Calls : public ::testing::Test {
protected:
    Values arguments{std::int64_t{7}, 0.5, Str{std::string("a\0b", 3)}, *IpAddress::parse("192.0.2.1"),
                     *Oid::parse("1.3.6.1")};
    ServiceCall call{arguments, node::Instant::max()};

    void expect_complaint(std::string_view words) {
        const Outcome outcome = call.take();
        EXPECT_EQ(std::get<Exc>(outcome.results), Exc::ServiceFailed);
        EXPECT_THAT(outcome.complaint, HasSubstr(std::string(words)));
    }
};

TEST_F(Calls, TellTypesAndHowManyArgumentsThereAre) {
    ASSERT_EQ(splash_count(&call), 5U);
    std::string types;
    for (std::uint32_t n = 0; n < 5; ++n) {
        types += splash_type(&call, n);
    }
    EXPECT_EQ(types, "ifsao");
    EXPECT_EQ(splash_type(&call, 5), 0);
    EXPECT_EQ(splash_type(&call, UINT32_MAX), 0);
}

TEST_F(Calls, GiveNothingBeyondTheArgumentsOrByAnotherType) {
    for (const std::uint32_t n : {0U, 1U, 2U, 3U, 4U, 5U, UINT32_MAX}) {
        std::int64_t integer = 99;
        double real = 99;
        std::uint8_t octets[16] = {99};
        std::size_t length = 99;
        EXPECT_EQ(splash_get_int(&call, n, &integer), n == 0 ? 1 : 0);
        EXPECT_EQ(integer, n == 0 ? 7 : 99);
        EXPECT_EQ(splash_get_float(&call, n, &real), n == 1 ? 1 : 0);
        EXPECT_EQ(real, n == 1 ? 0.5 : 99);
        const char* const text = splash_get_str(&call, n, &length);
        EXPECT_EQ(text != nullptr, n == 2);
        EXPECT_EQ(length, n == 2 ? 3U : 0U);
        EXPECT_EQ(splash_get_addr(&call, n, octets), n == 3 ? 4U : 0U);
        EXPECT_EQ(octets[0], n == 3 ? 192 : 99);
        const std::uint32_t* const subids = splash_get_oid(&call, n, &length);
        EXPECT_EQ(subids != nullptr, n == 4);
        EXPECT_EQ(length, n == 4 ? 4U : 0U);
    }
    EXPECT_EQ(splash_get_str(&call, 2, nullptr)[3], 0) << "ended by a 0 beyond its length";
    EXPECT_EQ(splash_get_int(&call, 0, nullptr), 0);
    EXPECT_EQ(splash_get_float(&call, 1, nullptr), 0);
    EXPECT_EQ(splash_get_addr(&call, 3, nullptr), 0U);
}

TEST_F(Calls, TakeResultsInTheirOrder) {
    const std::uint8_t address[] = {10, 0, 0, 1};
    const std::uint32_t subids[] = {1, 3, 6};
    EXPECT_EQ(splash_give_int(&call, 1), 1);
    EXPECT_EQ(splash_give_float(&call, 2.5), 1);
    EXPECT_EQ(splash_give_str(&call, "", 0), 1);
    EXPECT_EQ(splash_give_addr(&call, address, 4), 1);
    EXPECT_EQ(splash_give_oid(&call, subids, 3), 1);
    EXPECT_EQ(std::get<Values>(call.take().results),
              (Values{std::int64_t{1}, 2.5, Str{}, *IpAddress::parse("10.0.0.1"), *Oid::parse("1.3.6")}));
}

TEST_F(Calls, RefuseValuesThatCannotBe) {
    const std::uint8_t octets[16] = {};
    const std::uint32_t subids[129] = {1, 3};
    for (const auto& give : std::vector<std::function<int(splash_call*)>>{
             [](splash_call* c) { return splash_give_str(c, nullptr, 0); },
             [](splash_call* c) { return splash_give_str(c, "", 65536); },
             [](splash_call* c) { return splash_give_str(c, "", SIZE_MAX); },
             [&](splash_call* c) { return splash_give_addr(c, octets, 0); },
             [&](splash_call* c) { return splash_give_addr(c, octets, 5); },
             [&](splash_call* c) { return splash_give_addr(c, octets, SIZE_MAX); },
             [](splash_call* c) { return splash_give_addr(c, nullptr, 4); },
             [&](splash_call* c) { return splash_give_oid(c, subids, 1); },
             [&](splash_call* c) { return splash_give_oid(c, subids, 129); },
             [&](splash_call* c) { return splash_give_oid(c, subids, SIZE_MAX); },
             [](splash_call* c) { return splash_give_oid(c, nullptr, 3); },
         }) {
        ServiceCall one({}, node::Instant::max());
        EXPECT_EQ(give(&one), 0);
        EXPECT_EQ(splash_give_int(&one, 1), 0) << "the call has failed, whatever else it gives";
        EXPECT_EQ(std::get<Exc>(one.take().results), Exc::ServiceFailed);
    }
}

TEST_F(Calls, BoundHowManyAndHowLargeResultsAre) {
    for (std::size_t n = 0; n < ServiceCall::kMaxResults; ++n) {
        ASSERT_EQ(splash_give_int(&call, 1), 1);
    }
    EXPECT_EQ(splash_give_int(&call, 1), 0);
    expect_complaint("more than 4096 results");

    const std::string half(ServiceCall::kMaxOctets / 2, 'x');
    ServiceCall large({}, node::Instant::max());
    EXPECT_EQ(splash_give_str(&large, half.data(), half.size()), 1);
    EXPECT_EQ(splash_give_str(&large, half.data(), half.size()), 1);
    EXPECT_EQ(splash_give_str(&large, "x", 1), 0);
    EXPECT_THAT(large.take().complaint, HasSubstr("more than 65536 octets"));
}

TEST_F(Calls, AnExceptionStandsForAllResults) {
    splash_give_int(&call, 1);
    splash_fail(&call, SPLASH_EXC_TIMED_OUT);
    splash_give_int(&call, 2);
    EXPECT_EQ(std::get<Exc>(call.take().results), Exc::TimedOut);
}

TEST_F(Calls, TellHowLongSomebodyWaits) {
    const auto now = std::chrono::steady_clock::now();
    ServiceCall waited({}, now + std::chrono::hours(1));
    EXPECT_GT(splash_milliseconds_left(&waited), 0);
    EXPECT_LE(splash_milliseconds_left(&waited), 3'600'000);
    ServiceCall late({}, now - std::chrono::hours(1));
    EXPECT_EQ(splash_milliseconds_left(&late), 0);
}

TEST(ServiceHeader, NamesTheExceptionsOfTheTable) {
    EXPECT_EQ(SPLASH_EXC_NO_SUCH_SERVICE, static_cast<std::uint32_t>(Exc::NoSuchService));
    EXPECT_EQ(SPLASH_EXC_SERVICE_FAILED, static_cast<std::uint32_t>(Exc::ServiceFailed));
    EXPECT_EQ(SPLASH_EXC_OUT_OF_RANGE, static_cast<std::uint32_t>(Exc::OutOfRange));
    EXPECT_EQ(SPLASH_EXC_NOT_PERMITTED, static_cast<std::uint32_t>(Exc::NotPermitted));
    EXPECT_EQ(SPLASH_EXC_NO_SUCH_OBJECT, static_cast<std::uint32_t>(Exc::NoSuchObject));
    EXPECT_EQ(SPLASH_EXC_NO_SUCH_INSTANCE, static_cast<std::uint32_t>(Exc::NoSuchInstance));
    EXPECT_EQ(SPLASH_EXC_WRONG_TYPE, static_cast<std::uint32_t>(Exc::WrongArgumentType));
    EXPECT_EQ(SPLASH_EXC_QUOTA_USED_UP, static_cast<std::uint32_t>(Exc::QuotaUsedUp));
    EXPECT_EQ(SPLASH_EXC_TIMED_OUT, static_cast<std::uint32_t>(Exc::TimedOut));
    EXPECT_EQ(SPLASH_RIGHT_NONE, static_cast<std::uint32_t>(node::Right::None));
    EXPECT_EQ(SPLASH_RIGHT_READ, static_cast<std::uint32_t>(node::Right::Read));
    EXPECT_EQ(SPLASH_RIGHT_WRITE, static_cast<std::uint32_t>(node::Right::Write));
    EXPECT_EQ(SPLASH_RIGHT_CONFIGURE, static_cast<std::uint32_t>(node::Right::Configure));
}

}  // namespace
}  // namespace splash::plugins
