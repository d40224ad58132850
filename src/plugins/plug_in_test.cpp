#include "plug_in.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <regex>

#include "plug_ins_for_test.hpp"

namespace splash::plugins {
namespace {

using isa::Exc;
using isa::Str;
using isa::Value;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Values = std::vector<Value>;

class PlugIns : public PlugInDirectory {
protected:
    std::vector<Function> load(const std::string& name, const std::string& from = SPLASH_FIXTURES) {
        auto functions = load_plug_in(take(name, from), owner);
        EXPECT_TRUE(functions) << functions.error().detail;
        return functions ? std::move(*functions) : std::vector<Function>();
    }
    static const Function& find(const std::vector<Function>& functions, std::string_view name) {
        for (const Function& function : functions) {
            if (function.name == name) {
                return function;
            }
        }
        ADD_FAILURE() << "no " << name;
        std::abort();
    }
    static Outcome ask(const std::vector<Function>& functions, std::string_view name,
                       const Values& arguments) {
        return call(find(functions, name), arguments, node::Instant::max());
    }
    static Values results(const Outcome& outcome) {
        EXPECT_EQ(outcome.complaint, "");
        const auto* values = std::get_if<Values>(&outcome.results);
        return values != nullptr ? *values : Values{std::get<Exc>(outcome.results)};
    }
};

struct Mistake {
    std::string name;
    std::string said;
};
void PrintTo(const Mistake& mistake, std::ostream* out) {
    *out << mistake.name;
}

class Mistakes : public PlugIns, public ::testing::WithParamInterface<Mistake> {};

TEST_P(Mistakes, AreNamed) {
    const std::string path = take(GetParam().name);
    const auto functions = load_plug_in(path, owner);
    ASSERT_FALSE(functions);
    EXPECT_EQ(functions.error().code, Errc::PlugIn);
    EXPECT_THAT(functions.error().detail, HasSubstr(path));
    EXPECT_THAT(functions.error().detail, HasSubstr(GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(
    Fixtures, Mistakes,
    ::testing::Values(
        Mistake{"no_abi", "does not export snap_svc_abi"},
        Mistake{"old_version", "is built for version 0 of the interface; this splashd has version 1"},
        Mistake{"small_service", "is built with struct splash_service of 4 octets; this splashd has "},
        Mistake{"large_service", "is built with struct splash_service of "},
        Mistake{"large_functions", "is built with struct splash_call_functions of "},
        Mistake{"no_fini", "does not export snap_svc_fini"},
        Mistake{"two_missing", "does not export snap_svc_last_result, snap_svc_free_result"},
        Mistake{"init_fails", "snap_svc_init: the moon is out of reach"},
        Mistake{"init_is_silent", "snap_svc_init gave no handle and no reason"},
        Mistake{"endless", "tells of more than 256 services"}, Mistake{"no_service", "offers no service"},
        Mistake{"short_description", "describes service 1 in 8 octets"},
        Mistake{"bad_name", "offers service 1, which has a name that is not 1 to 63 letters, digits and _"},
        Mistake{"bad_signature", "offers service bad, which has the signature \"q\" -> \"i\""},
        Mistake{"no_result",
                "offers service bad, which gives no result, so that no program could see it fail"},
        Mistake{"bad_flags", "which has flags 8, some of which this splashd does not know"},
        Mistake{"bad_right", "which needs right 7, which there is not"},
        Mistake{"bad_cost", "which costs 1000001"}, Mistake{"no_meaning", "which lacks arguments, results"},
        Mistake{"unresolved", "nobody_has_this_function"}),
    [](const auto& mistake) { return mistake.param.name; });

TEST_F(PlugIns, DescribeTheirServices) {
    const auto functions = load("good");
    ASSERT_EQ(functions.size(), 6U);
    const Function& fails = find(functions, "fail_with");
    EXPECT_EQ(fails.arguments, "i");
    EXPECT_EQ(fails.results, "ii");
    EXPECT_EQ(fails.cost, 2U);
    EXPECT_EQ(fails.right, node::Right::Write);
    EXPECT_FALSE(fails.may_block);
    EXPECT_EQ(fails.meaning, "an exception");
    EXPECT_TRUE(find(functions, "wait_for").may_block);
}

TEST_F(PlugIns, TakeAndGiveEveryTypeOfValue) {
    const auto functions = load("good");
    for (const Value& value : Values{std::int64_t{-5}, INT64_MIN, 0.25, Str{std::string("a\0b", 3)}, Str{},
                                     *IpAddress::parse("192.0.2.1"), *IpAddress::parse("2001:db8::1"),
                                     *Oid::parse("1.3.6.1.2.1.1.5.0")}) {
        EXPECT_THAT(results(ask(functions, "echo", {value})), ElementsAre(value)) << isa::to_string(value);
    }
}

TEST_F(PlugIns, GiveADatasetValueByValueAndHaveItFreed) {
    const auto functions = load("good");
    EXPECT_EQ(results(ask(functions, "count_to", {std::int64_t{3}})),
              (Values{std::int64_t{1}, std::int64_t{2}, std::int64_t{3}}));
    EXPECT_EQ(results(ask(functions, "count_to", {std::int64_t{0}})), Values{});
    EXPECT_EQ(results(ask(functions, "datasets", {})), Values{std::int64_t{0}});
}

TEST_F(PlugIns, HaveADatasetFreedAlsoIfTheyThrow) {
    const auto functions = load("throwing");
    EXPECT_EQ(ask(functions, "throw_in_run", {}).complaint, "threw an exception: in run");
    EXPECT_EQ(ask(functions, "throw_in_last_result", {}).complaint, "threw an exception: in last_result");
    EXPECT_EQ(results(ask(functions, "datasets", {})), Values{std::int64_t{0}});
}

TEST_F(PlugIns, CannotGiveWithoutEnd) {
    const auto functions = load("good");
    const Outcome outcome = ask(functions, "count_to", {INT64_MAX});
    EXPECT_EQ(std::get<Exc>(outcome.results), Exc::ServiceFailed);
    EXPECT_THAT(outcome.complaint, HasSubstr("more than 4096 results"));
    EXPECT_EQ(results(ask(functions, "count_to", {std::int64_t{-1}})), Values{}) << "says more, gives none";
    EXPECT_EQ(results(ask(functions, "datasets", {})), Values{std::int64_t{0}}) << "freed all the same";
}

TEST_F(PlugIns, FailWithTheExceptionTheySay) {
    const auto functions = load("good");
    EXPECT_EQ(results(ask(functions, "fail_with", {std::int64_t{41}})), Values{Exc::NoSuchInstance});
    EXPECT_EQ(results(ask(functions, "fail_with", {std::int64_t{64 + 5}})),
              Values{isa::exc_from_snmp_error(5)});
    for (const std::int64_t code : {0, 31, 60, 64, 64 + 19, 1000}) {
        const Outcome outcome = ask(functions, "fail_with", {code});
        EXPECT_EQ(std::get<Exc>(outcome.results), Exc::ServiceFailed) << code;
        EXPECT_THAT(outcome.complaint, HasSubstr("no exception of a service")) << code;
    }
}

TEST_F(PlugIns, HaveFailedIfTheResultIsOfAnotherType) {
    const Outcome outcome = ask(load("good"), "lie", {});
    EXPECT_EQ(std::get<Exc>(outcome.results), Exc::ServiceFailed);
    EXPECT_EQ(outcome.complaint, "declares the results \"i\" and gave (\"text\")");
}

TEST_F(PlugIns, AreFinishedWithTheLastFunction) {
    const std::string mark = directory + "/mark";
    ::setenv("SPLASH_FIXTURE_MARK", mark.c_str(), 1);
    {
        auto functions = load("good");
        functions.resize(1);
        EXPECT_TRUE(std::filesystem::exists(mark)) << "init has run, fini has not";
    }
    EXPECT_FALSE(std::filesystem::exists(mark));
    ::unsetenv("SPLASH_FIXTURE_MARK");
}

TEST_F(PlugIns, InCxxAreOrdinaryFunctions) {
    const auto functions = load("cpp");
    EXPECT_EQ(results(ask(functions, "cpp_add", {std::int64_t{2}, std::int64_t{3}})),
              Values{std::int64_t{5}});
    EXPECT_EQ(results(ask(functions, "cpp_measure", {Str{"four"}})), (Values{Str{"four"}, std::int64_t{4}}));
    EXPECT_EQ(results(ask(functions, "cpp_subids", {*Oid::parse("1.3.6")})),
              (Values{std::int64_t{1}, std::int64_t{3}, std::int64_t{6}}));
    const Value address = *IpAddress::parse("2001:db8::7");
    EXPECT_EQ(results(ask(functions, "cpp_same_address", {address})), Values{address});
    EXPECT_EQ(results(ask(functions, "cpp_longer", {*Oid::parse("1.3"), 6.0})), Values{*Oid::parse("1.3.6")});
    EXPECT_EQ(results(ask(functions, "cpp_nothing", {})), Values{std::int64_t{1}});
    EXPECT_EQ(find(functions, "cpp_nothing").results, "i");
    EXPECT_EQ(results(ask(functions, "cpp_not_allowed", {})), Values{Exc::NotPermitted});
    EXPECT_EQ(results(ask(functions, "cpp_no_instance", {})), Values{Exc::NoSuchInstance});
    EXPECT_EQ(results(ask(functions, "cpp_broken", {})), Values{Exc::ServiceFailed});
    EXPECT_EQ(find(functions, "cpp_add").cost, 7U);
    EXPECT_EQ(find(functions, "cpp_measure").results, "si");
    EXPECT_EQ(find(functions, "cpp_subids").results, "i#");
    EXPECT_EQ(find(functions, "cpp_longer").arguments, "of");
    EXPECT_EQ(find(functions, "cpp_measure").right, node::Right::Read);
    EXPECT_EQ(find(functions, "cpp_subids").right, node::Right::Write);
    EXPECT_TRUE(find(functions, "cpp_same_address").may_block);
}

TEST(Rights, AreInTheDocumentAsTheHeaderHasThem) {
    const auto read = [](const char* path) {
        std::ifstream in(path);
        return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    };
    const std::string document = read(SPLASH_SOURCE_DIR "/docs/services-plugins.md");
    const std::string header = read(SPLASH_SOURCE_DIR "/src/plugins/include/splash/service.h");
    const std::regex with_meaning("#define (SPLASH_RIGHT_\\w+) \\dU +/\\* (.+) \\*/");
    int rights = 0;
    for (std::sregex_iterator at(header.begin(), header.end(), with_meaning), end; at != end;
         ++at, ++rights) {
        EXPECT_THAT(document, HasSubstr('`' + (*at)[1].str() + "` if it " + (*at)[2].str()));
    }
    EXPECT_EQ(rights, 3) << "all but SPLASH_RIGHT_NONE";
}

TEST_F(PlugIns, OfTheExamplesWork) {
    const auto plug_in = load("template", SPLASH_EXAMPLES);
    EXPECT_EQ(results(ask(plug_in, "template_add", {std::int64_t{1}})), Values{std::int64_t{1001}});
    EXPECT_EQ(results(ask(plug_in, "template_add", {INT64_MAX})), Values{Exc::OutOfRange});
    EXPECT_EQ(results(ask(plug_in, "template_divisors", {std::int64_t{9}})),
              (Values{std::int64_t{1}, std::int64_t{3}, std::int64_t{9}}));
    EXPECT_EQ(results(ask(load("disk", SPLASH_EXAMPLES), "disk_free", {Str{"/proc/none"}})),
              Values{Exc::NoSuchInstance});
    EXPECT_EQ(results(ask(load("loadavg", SPLASH_EXAMPLES), "uptime_seconds", {})).size(), 1U);
}

}  // namespace
}  // namespace splash::plugins
