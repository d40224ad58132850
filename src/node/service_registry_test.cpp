#include "node/service_registry.hpp"

#include <gmock/gmock.h>

#include "node_for_test.hpp"

namespace splash::node {
namespace {

using ::testing::HasSubstr;

/// Services that count how often this execution has called them.
class CountingSet final : public ServiceSet {
public:
    explicit CountingSet(std::vector<Service> services) : services_(std::move(services)) {}
    [[nodiscard]] std::span<const Service> services() const override { return services_; }
    void start(const Service&, std::span<const Value>, const Caller& caller, Answer answer) override {
        auto& session = caller.sessions[this];
        if (session == nullptr) {
            session = std::make_unique<Session>(*this);
            ++open;
        }
        answer(std::vector<Value>{++static_cast<Session&>(*session).calls});
    }
    int open = 0;

private:
    struct Session final : ServiceSession {
        explicit Session(CountingSet& set) : of(set) {}
        Session(const Session&) = delete;
        Session& operator=(const Session&) = delete;
        ~Session() override { --of.open; }
        CountingSet& of;
        std::int64_t calls = 0;
    };
    std::vector<Service> services_;
};

Service service(std::string_view name, std::string_view arguments, std::string_view results,
                Right right = Right::None) {
    return {{name, arguments, results, 1}, right, When::Now, "for a test"};
}

TEST(ServiceRegistry, RefusesANameThatIsTakenAndThenAllOfTheSet) {
    ServiceRegistry registry;
    CountingSet first({service("a", "", "i")});
    CountingSet second({service("b", "", "i"), service("a", "", "i")});
    ASSERT_TRUE(registry.add(first));
    const auto added = registry.add(second);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, Errc::AlreadyExists);
    EXPECT_EQ(registry.find(isa::service_id("b")), nullptr);
    EXPECT_EQ(registry.entries().size(), 1U);
}

TEST(ServiceRegistry, RefusesANumberThatIsTakenAndNamesBoth) {
    ServiceRegistry registry;
    CountingSet set({service("service_3210", "", "i"), service("service_18174", "", "i")});
    const auto added = registry.add(set);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, Errc::AlreadyExists);
    EXPECT_THAT(added.error().detail, HasSubstr("service_3210"));
    EXPECT_THAT(added.error().detail, HasSubstr("service_18174"));
}

TEST(ServiceRegistry, RefusesSignaturesThatMeanNothing) {
    for (const auto& [arguments, results] : std::vector<std::pair<std::string_view, std::string_view>>{
             {"q", "i"}, {"", "q"}, {"i#", "i"}, {"", "#"}, {"", "ia#"}}) {
        ServiceRegistry registry;
        CountingSet set({service("x", arguments, results)});
        const auto added = registry.add(set);
        ASSERT_FALSE(added) << arguments << " -> " << results;
        EXPECT_EQ(added.error().code, Errc::BadInput);
    }
    ServiceRegistry registry;
    CountingSet set({service("x", "iasofnl*", "*#"), service("", "", "")});
    EXPECT_FALSE(registry.add(set));  // a service without a name
}

TEST_F(NodeTest, OffersTheServicesOfAPlugIn) {
    CountingSet set({service("count", "", "i")});
    ASSERT_TRUE(node.add_services(set));
    inject(Program().calls("count").calls("count").op(Opcode::Demuxall, 0));
    EXPECT_EQ(delivered(), (std::vector<Value>{std::int64_t{1}, std::int64_t{2}}));
    EXPECT_EQ(set.open, 0) << "a session ends with its execution";
    const auto& counted = node.statistics().services.back();
    EXPECT_EQ(counted.name, "count");
    EXPECT_EQ(counted.calls, 2U);
}

TEST_F(NodeTest, RefusesAPlugInThatTakesTheNameOfABuiltInService) {
    CountingSet set({service("node_info", "", "i")});
    EXPECT_FALSE(node.add_services(set));
}

TEST_F(NodeTest, ChecksTheRightForAPlugInsServices) {
    CountingSet set({service("change", "", "i", Right::Write)});
    ASSERT_TRUE(node.add_services(set));
    arrive(Program()
               .calls("change")
               .op(Opcode::GetSrc)
               .op(Opcode::Forwto)
               .op(Opcode::Exit)
               .from(kFar)
               .bound(9)
               .wire());
    ASSERT_EQ(world.sent.size(), 1U);
    EXPECT_EQ(values(world.sent[0].packet), std::vector<Value>{Exc::NotPermitted});
}

TEST_F(NodeTest, AWrongNumberOfResultsIsAFailureOfTheService) {
    CountingSet set({service("liar", "", "ii")});
    ASSERT_TRUE(node.add_services(set));
    inject(Program().calls("liar").op(Opcode::Demuxall, 0));
    EXPECT_EQ(delivered(), (std::vector<Value>{Exc::ServiceFailed, Exc::ServiceFailed}));
}

}  // namespace
}  // namespace splash::node
