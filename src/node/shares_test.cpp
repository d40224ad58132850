#include "shares.hpp"

#include <gtest/gtest.h>

#include <string>

#include "policy.hpp"

namespace splash::node {
namespace {

constexpr std::size_t kLimit = 16;

/// Takes as much as there is room for.
std::size_t fill(Shares& shares, std::string_view principal, std::size_t limit = kLimit) {
    std::size_t taken = 0;
    for (; shares.has_room(principal, limit); ++taken) {
        shares.take(principal);
    }
    return taken;
}

TEST(Shares, OnePrincipalGetsAQuarter) {
    Shares shares;
    EXPECT_EQ(fill(shares, "10.0.0.0/8"), kLimit / 4);
    EXPECT_EQ(fill(shares, "192.0.2.0/24"), kLimit / 4);
    shares.give_back("10.0.0.0/8");
    EXPECT_EQ(fill(shares, "10.0.0.0/8"), 1U);
    EXPECT_EQ(shares.in_all(), kLimit / 2);
}

TEST(Shares, ManyPrincipalsLeaveLocalClientsTheirQuarter) {
    Shares shares;
    std::size_t taken = 0;
    for (int i = 0; i < 8; ++i) {
        taken += fill(shares, "10." + std::to_string(i) + ".0.0/16");
    }
    EXPECT_EQ(taken, kLimit * 3 / 4);
    EXPECT_EQ(fill(shares, kLocalPrincipal), kLimit / 4);
}

TEST(Shares, OfALimitOfOneWhoComesFirstHasIt) {
    Shares shares;
    EXPECT_EQ(fill(shares, "10.0.0.0/8", 1), 1U);
    EXPECT_EQ(fill(shares, kLocalPrincipal, 1), 0U);
    shares.give_back("10.0.0.0/8");
    EXPECT_EQ(fill(shares, kLocalPrincipal, 1), 1U);
}

}  // namespace
}  // namespace splash::node
