#include "survey_way.hpp"

#include <gtest/gtest.h>

namespace splash::cli {
namespace {

IpAddress hop(std::uint32_t last) {
    return IpAddress::v4(0x0a000000U + last);
}

SurveyPlace place(std::uint32_t number, const std::vector<IpAddress>& route) {
    return {.node = {.text = "n", .address = hop(number), .port = {}},
            .known = {.runs = Runs::Yes, .because = {}, .route = route},
            .was_known = false};
}

SurveyPlan plan_of(Gathering aggregate) {
    SurveyPlan plan;
    plan.aggregate = aggregate;
    plan.task.objects = {*oid_from_name("ifInErrors.2")};
    plan.room = 1300;
    return plan;
}

TEST(SurveyWay, CountsLinksAlongTheRoutes) {
    const SurveyPlace here = place(1, {hop(1)});
    const SurveyPlace near = place(2, {hop(1), hop(11)});
    const SurveyPlace behind = place(3, {hop(1), hop(11), hop(12)});
    const SurveyPlace elsewhere = place(4, {hop(1), hop(21)});
    EXPECT_EQ(links_to(here), 0U);
    EXPECT_EQ(links_to(behind), 2U);
    EXPECT_EQ(links_between(near, behind), 1U);
    EXPECT_EQ(links_between(behind, elsewhere), 3U);
    EXPECT_EQ(links_to(place(5, {})), kAssumedLinks);
    EXPECT_EQ(links_between(place(5, {}), near), 1U);
}

TEST(SurveyWay, ATourCostsLessThanPollingWhereNodesAreNearEachOther) {
    std::vector<SurveyPlace> line;
    std::vector<IpAddress> route{hop(100)};
    for (std::uint32_t i = 1; i <= 10; ++i) {
        route.push_back(hop(100 + i));
        line.push_back(place(i, route));
    }
    const auto tour = tour_cost(plan_of(Gathering::Sum), line);
    ASSERT_TRUE(tour.has_value());
    EXPECT_EQ(tour->messages, 11U);
    const WayCost polls = cost_of_each({.messages = 2, .octets = 145}, line);
    EXPECT_EQ(polls, (WayCost{.messages = 20, .octets = 145 * 55}));
    EXPECT_LT(tour->octets * 2, polls.octets);
    // The other way round there is a way there and back in front of each.
    std::vector<SurveyPlace> apart;
    for (std::uint32_t i = 1; i <= 10; ++i) {
        apart.push_back(place(i, {hop(100), hop(100 + i)}));
    }
    EXPECT_GT(tour_cost(plan_of(Gathering::Sum), apart)->octets,
              cost_of_each({.messages = 2, .octets = 145}, apart).octets);
}

TEST(SurveyWay, ALongListTakesSeveralPackets) {
    std::vector<SurveyPlace> many;
    for (std::uint32_t i = 1; i <= 200; ++i) {
        many.push_back(place(i, {hop(300), hop(300 + i)}));
    }
    EXPECT_EQ(tour_cost(plan_of(Gathering::Sum), many)->messages, 202U);  // two come home
    EXPECT_GT(tour_cost(plan_of(Gathering::List), many)->messages,
              tour_cost(plan_of(Gathering::Sum), many)->messages);
}

}  // namespace
}  // namespace splash::cli
