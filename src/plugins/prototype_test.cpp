#include "plugins/prototype.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

namespace splash::plugins {
namespace {

using ::testing::HasSubstr;

/// "double hypot(double, double)" by kinds: the name of each.
std::string summary(std::string_view text) {
    const auto parsed = parse_prototype(text);
    if (const auto* error = std::get_if<PrototypeError>(&parsed)) {
        return "error at " + std::to_string(error->at) + ": " + error->what;
    }
    const auto name = [](CKind kind) {
        switch (kind) {
            case CKind::Void: return "void";
            case CKind::Bool: return "bool";
            case CKind::Int8: return "i8";
            case CKind::Uint8: return "u8";
            case CKind::Int16: return "i16";
            case CKind::Uint16: return "u16";
            case CKind::Int32: return "i32";
            case CKind::Uint32: return "u32";
            case CKind::Int64: return "i64";
            case CKind::Uint64: return "u64";
            case CKind::Float: return "float";
            case CKind::Double: return "double";
            case CKind::Text: return "text";
            case CKind::Address: return "address";
        }
        return "";
    };
    const auto& prototype = std::get<Prototype>(parsed);
    std::string all = name(prototype.result) + std::string(" ") + prototype.name;
    for (const CKind kind : prototype.parameters) {
        all += std::string(" ") + name(kind);
    }
    return all;
}

std::string caret(std::string_view text) {
    const auto parsed = parse_prototype(text);
    const auto* error = std::get_if<PrototypeError>(&parsed);
    return error == nullptr ? "" : with_caret(text, *error);
}

TEST(Prototype, IsReadAsManualPagesWriteIt) {
    EXPECT_EQ(summary("double hypot(double x, double y);"), "double hypot double double");
    EXPECT_EQ(summary("double hypot(double, double)"), "double hypot double double");
    EXPECT_EQ(summary("char *getenv(const char *name);"), "text getenv text");
    EXPECT_EQ(summary("const char*f(char const * const restrict s)"), "text f text");
    EXPECT_EQ(summary("pid_t getpid(void)"), "i32 getpid");
    EXPECT_EQ(summary("void sync()"), "void sync");
    EXPECT_EQ(summary("in_addr_t inet_addr(const char *cp)"), "address inet_addr text");
    EXPECT_EQ(summary("\tsize_t  strlen (\n const char *s ) "), "u64 strlen text");
}

TEST(Prototype, IsWrittenSoThatItReadsAsTheSame) {
    for (const std::string text :
         {"void sync(void)",
          "int16_t f(bool, int8_t, uint8_t, uint16_t, int32_t, uint32_t, int64_t, uint64_t)",
          "const char * f(float, double, const char *, in_addr_t)"}) {
        EXPECT_EQ(to_string(std::get<Prototype>(parse_prototype(text))), text);
    }
}

TEST(Prototype, CombinesTheWordsOfIntegersAsCDoes) {
    for (const auto& [words, kind] :
         std::vector<std::pair<std::string, std::string>>{{"int", "i32"},
                                                          {"signed", "i32"},
                                                          {"unsigned", "u32"},
                                                          {"int unsigned", "u32"},
                                                          {"short int", "i16"},
                                                          {"unsigned short", "u16"},
                                                          {"signed char", "i8"},
                                                          {"unsigned char", "u8"},
                                                          {"long long unsigned int", "u64"},
                                                          {"long int long", "i64"},
                                                          {"const int", "i32"},
                                                          {"int const", "i32"}}) {
        EXPECT_EQ(summary(words + " f(" + words + " x)"), kind + " f " + kind) << words;
    }
    for (const std::string words :
         {"long short", "char int", "long long long", "signed unsigned", "int int"}) {
        EXPECT_THAT(summary(words + " f(void)"), HasSubstr("error at 0: these words together are no type"));
    }
}

TEST(Prototype, MistakesArePointedAt) {
    EXPECT_EQ(caret("double hypot(quad x, double y)"),
              "double hypot(quad x, double y)\n"
              "             ^^^^");
    EXPECT_EQ(caret("int printf(const char *format, ...)"),
              "int printf(const char *format, ...)\n"
              "                               ^^^");
    EXPECT_EQ(caret("int read(char *into)"),
              "int read(char *into)\n"
              "              ^");
    EXPECT_EQ(caret("long long long f(void)"),
              "long long long f(void)\n"
              "^^^^^^^^^^^^^^");
    EXPECT_EQ(caret("int f(int"),
              "int f(int\n"
              "         ^");
    EXPECT_EQ(caret(""), "\n^");
    EXPECT_EQ(caret("int\xc3\xa9 f()"), "int   f()\n   ^") << "a terminal shows as many columns as octets";
}

TEST(Prototype, MistakesSayWhatToDo) {
    EXPECT_THAT(summary("struct tm *gmtime(const time_t *t)"),
                HasSubstr("unknown type; known are int, long"));
    EXPECT_THAT(summary("int f(int *p)"), HasSubstr("of pointers only const char * can be passed"));
    EXPECT_THAT(summary("char **f(void)"), HasSubstr("of pointers only const char *"));
    EXPECT_THAT(summary("int f(char *p)"), HasSubstr("where it only reads, declare const char *"));
    EXPECT_THAT(summary("int f(int a[2])"), HasSubstr("arrays cannot be passed"));
    EXPECT_THAT(summary("long double f(void)"), HasSubstr("long double is no value of the language"));
    EXPECT_THAT(summary("int f(void, int)"), HasSubstr("void stands alone"));
    EXPECT_THAT(summary("int f(void x)"), HasSubstr("void stands alone"));
    EXPECT_THAT(summary("int f(int) int"), HasSubstr("nothing is expected behind"));
    EXPECT_THAT(summary("int (*f)(int)"), HasSubstr("the function's name is expected"));
    EXPECT_THAT(summary("int f"), HasSubstr("( is expected"));
    EXPECT_THAT(summary("int f(int a,"), HasSubstr("a type is expected"));
    EXPECT_THAT(summary("int f(int,int,int,int,int,int,int,int,int,int,int,int,int,int,int,int,int)"),
                HasSubstr("more than 16 parameters"));
    EXPECT_THAT(summary("int f(" + std::string(2000, ' ') + ")"), HasSubstr("longer than 1024 octets"));
}

TEST(Prototype, TypesAreAllInTheDocument) {
    std::ifstream in(SPLASH_SOURCE_DIR "/docs/services-plugins.md");
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    for (const std::string_view name : c_type_names()) {
        EXPECT_THAT(text, HasSubstr('`' + std::string(name) + '`'));
    }
}

}  // namespace
}  // namespace splash::plugins
