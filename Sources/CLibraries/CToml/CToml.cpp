#include "CToml.h"

#include <cstdio>
#include <sstream>
#include <string>
#include <string_view>
#include <toml++/toml.h>

namespace {

/// Whether a text survives being passed as a C string and joined with others.
bool is_plain(const std::string &text) {
    return text.find('\0') == std::string::npos && text.find('\x1f') == std::string::npos;
}

void visit_table(const toml::table &table, const std::string &prefix, CTomlVisitor visit, void *context);

void visit_node(const toml::node &node, const std::string &path, CTomlVisitor visit, void *context) {
    if (const auto *table = node.as_table()) {
        visit_table(*table, path, visit, context);
    } else if (const auto *text = node.as_string(); text && is_plain(text->get())) {
        visit(context, path.c_str(), CTomlString, text->get().c_str());
    } else if (const auto *integer = node.as_integer()) {
        visit(context, path.c_str(), CTomlInteger, std::to_string(integer->get()).c_str());
    } else if (const auto *number = node.as_floating_point()) {
        std::ostringstream out;
        out.precision(17);
        out << number->get();
        visit(context, path.c_str(), CTomlFloat, out.str().c_str());
    } else if (const auto *flag = node.as_boolean()) {
        visit(context, path.c_str(), CTomlBoolean, flag->get() ? "true" : "false");
    } else if (const auto *array = node.as_array(); array && (array->empty() || array->is_homogeneous<std::string>())) {
        std::string joined;
        for (size_t i = 0; i < array->size(); ++i) {
            const auto &element = array->get(i)->as_string()->get();
            if (element.empty() || !is_plain(element)) return visit(context, path.c_str(), CTomlOther, "");
            if (i > 0) joined += '\x1f';
            joined += element;
        }
        visit(context, path.c_str(), CTomlArrayOfStrings, joined.c_str());
    } else {
        visit(context, path.c_str(), CTomlOther, "");
    }
}

void visit_table(const toml::table &table, const std::string &prefix, CTomlVisitor visit, void *context) {
    for (const auto &[key, node] : table) {
        const std::string name{key.str()};
        visit_node(node, prefix.empty() ? name : prefix + "." + name, visit, context);
    }
}

}  // namespace

int CToml_parse(const char *text, unsigned long length, CTomlVisitor visit, void *context, char *error,
                unsigned long errorCapacity) {
    try {
        const toml::table document = toml::parse(std::string_view{text, length});
        visit_table(document, "", visit, context);
        return 0;
    } catch (const toml::parse_error &failure) {
        const auto &where = failure.source().begin;
        std::snprintf(error, errorCapacity, "line %u, column %u: %s", static_cast<unsigned>(where.line),
                      static_cast<unsigned>(where.column), std::string{failure.description()}.c_str());
        return -1;
    } catch (const std::exception &failure) {
        std::snprintf(error, errorCapacity, "%s", failure.what());
        return -1;
    }
}
