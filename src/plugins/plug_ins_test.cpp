#include "plugins/plug_ins.hpp"

#include <gmock/gmock.h>

#include "node/service_registry.hpp"
#include "plug_ins_for_test.hpp"

namespace splash::plugins {
namespace {

using isa::Exc;
using isa::Str;
using isa::Value;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Values = std::vector<Value>;

class LoadingPlugIns : public PlugInDirectory {
protected:
    void load(Settings settings = {}) {
        if (!settings.directory) {
            settings.directory = directory;
        }
        plug_ins = plugins::PlugIns::load(
            settings, {.log = log,
                       .offer = [this](node::ServiceSet& set) { return registry.add(set); },
                       .patience = std::chrono::hours(1),
                       .owner = owner});
    }
    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& entry : registry.entries()) {
            all.emplace_back(entry.name);
        }
        return all;
    }
    /// Starts a service as a node does; its answer, or nothing yet.
    void start(std::string_view name, const Values& arguments) {
        const auto* entry = registry.find(isa::service_id(name));
        ASSERT_NE(entry, nullptr) << name;
        node::ServiceSessions sessions;
        const std::optional<node::MibUser> nobody;
        const node::Caller caller{"local", {}, 1, nobody, sessions};
        entry->set->start(*entry, arguments, caller, [this](vm::ServiceResults results) {
            const auto* values = std::get_if<Values>(&results);
            answer = values != nullptr ? values->front() : Value(std::get<Exc>(results));
        });
    }

    KeptLog log;
    std::unique_ptr<plugins::PlugIns> plug_ins;
    node::ServiceRegistry registry;
    std::optional<Value> answer;
};

TEST_F(LoadingPlugIns, TakesWhatItCanAndSaysWhyItCannotTakeTheRest) {
    take("good");
    take("no_fini");
    take("old_version");
    take("template", SPLASH_EXAMPLES);
    take("bad_name");
    std::filesystem::copy_file(directory + "/snap_svc_no_fini.so", directory + "/libother.so");
    load();
    EXPECT_THAT(names(), ElementsAre("echo", "lie", "fail_with", "count_to", "datasets", "wait_for",
                                     "template_add", "template_divisors"));
    ASSERT_EQ(plug_ins->sources().size(), 5U) << "libother.so is none of ours";
    for (const std::string words :
         {"snap_svc_no_fini.so does not export snap_svc_fini: its services are not offered",
          "snap_svc_old_version.so is built for version 0",
          "snap_svc_bad_name.so offers service 1, which has a name"}) {
        EXPECT_THAT(log.all(), HasSubstr(words));
    }
    EXPECT_THAT(log.all(), HasSubstr("services of " + directory + "/snap_svc_good.so: echo lie"));
}

TEST_F(LoadingPlugIns, RefusesAllOfOneWhoseNamesAreTaken) {
    take("good");
    std::filesystem::copy_file(directory + "/snap_svc_good.so", directory + "/snap_svc_other.so");
    load();
    EXPECT_EQ(names().size(), 6U);
    EXPECT_THAT(log.all(), HasSubstr("snap_svc_other.so: service echo is there already"));
}

TEST_F(LoadingPlugIns, MayBeToldWhich) {
    take("good");
    take("cpp");
    take("template", SPLASH_EXAMPLES);
    Settings settings;
    settings.enabled = {"good", "template", "absent"};
    settings.disabled = {"good"};
    load(settings);
    EXPECT_THAT(names(), ElementsAre("template_add", "template_divisors"));
    EXPECT_THAT(log.all(), HasSubstr("there is no snap_svc_absent.so in " + directory));
}

TEST_F(LoadingPlugIns, RefusesADirectoryThatOthersMayWriteToOnce) {
    take("good");
    take("template", SPLASH_EXAMPLES);
    std::filesystem::permissions(directory, std::filesystem::perms(0777));
    load();
    EXPECT_THAT(names(), IsEmpty());
    ASSERT_EQ(plug_ins->sources().size(), 1U);
    EXPECT_EQ(plug_ins->sources()[0].path, directory);
    EXPECT_THAT(log.lines, ElementsAre(::testing::StartsWith(directory + " (owner ")));
    EXPECT_THAT(log.all(), HasSubstr("mode 0777) is writable by others than root: its services are not"));
}

TEST_F(LoadingPlugIns, WarnsOfADirectoryThatIsNotThere) {
    Settings settings;
    settings.directory = directory + "/absent";
    load(settings);
    EXPECT_THAT(log.all(), HasSubstr("the directory of services " + directory + "/absent: No such file"));
    EXPECT_THAT(names(), IsEmpty());
    EXPECT_FALSE(plug_ins->poll_fd()) << "no thread without a service that may block";
}

TEST_F(LoadingPlugIns, ExportsFunctionsOfLibrariesThatKnowNothingOfIt) {
    CFunctionSettings hypot;
    hypot.library = "libm.so.6";
    hypot.service = "math_hypot";
    hypot.prototype = std::get<Prototype>(parse_prototype("double hypot(double, double)"));
    CFunctionSettings absent = hypot;
    absent.service = "absent";
    absent.prototype.name = "absent";
    Settings settings;
    settings.functions = {absent, hypot};
    load(settings);
    EXPECT_THAT(names(), ElementsAre("math_hypot"));
    EXPECT_THAT(log.all(), HasSubstr("libm.so.6 does not export absent"));
    start("math_hypot", {3.0, 4.0});
    EXPECT_EQ(answer, Value(5.0));
}

TEST_F(LoadingPlugIns, AnswersDuringTheCallUnlessTheServiceMayBlock) {
    take("good");
    load();
    start("echo", {Str{"now"}});
    EXPECT_EQ(answer, Value(Str{"now"}));
    answer.reset();
    Gate gate(directory + "/gate");
    start("wait_for", {Str{gate.path()}});
    EXPECT_FALSE(answer);
    start("echo", {Str{"meanwhile"}});
    EXPECT_EQ(answer, Value(Str{"meanwhile"}));
    answer.reset();
    gate.open();
    ASSERT_TRUE(wait_readable(plug_ins->poll_fd().value()));
    plug_ins->take_answers();
    ASSERT_TRUE(answer);
    EXPECT_GT(std::get<std::int64_t>(*answer), 0) << "it was told how long it may take";
    EXPECT_TRUE(plug_ins->close());
}

TEST_F(LoadingPlugIns, LogsAServiceThatBreaksItsWordOnceHoweverOftenItIsCalled) {
    take("good");
    load();
    log.lines.clear();
    for (int n = 0; n < 3; ++n) {
        answer.reset();
        start("lie", {});
        EXPECT_EQ(answer, Value(Exc::ServiceFailed));
    }
    start("fail_with", {std::int64_t{1000}});
    EXPECT_THAT(log.lines,
                ElementsAre(HasSubstr("service lie declares the results \"i\" and gave (\"text\")"),
                            HasSubstr("service fail_with failed with 1000")));
}

}  // namespace
}  // namespace splash::plugins
