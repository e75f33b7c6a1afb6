/* SPDX-License-Identifier: Apache-2.0
 *
 * Expressions as bytes: thawing restores what was frozen.
 */
#include "lib/trainer/profile.h"
#include "lib/expr/compiled.h"
#include "tests/unit/expr_names.h"

static bool same_slot(void *context, size_t number, size_t *slot)
{
    (void)context;
    *slot = number;
    return true;
}

static const struct expr_names same_names = {NULL, same_slot};

static void assert_same(const struct expr *a, const struct expr *b, const char *text)
{
    ck_assert_msg(a->n_nodes == b->n_nodes && a->n_slots == b->n_slots && a->kinds == b->kinds,
        "%s: other sizes", text);
    for (size_t i = 0; i < a->n_slots; i++)
        ck_assert_msg(a->slots[i] == b->slots[i], "%s: slot %zu", text, i);
    for (size_t i = 0; i < a->n_nodes; i++) {
        const struct node *x = &a->nodes[i], *y = &b->nodes[i];
        ck_assert_msg(x->op == y->op && x->column == y->column && x->length == y->length &&
                          x->jump == y->jump && x->count == y->count && x->symbol == y->symbol &&
                          x->negated == y->negated && x->joined == y->joined &&
                          x->chained == y->chained && x->kinds == y->kinds,
            "%s: node %zu", text, i);
        if (x->op == OP_CONSTANT)
            ck_assert_msg(x->value.kind == y->value.kind && values_equal(&x->value, &y->value),
                "%s: constant of node %zu", text, i);
        else if (x->op == OP_SLOT || x->op == OP_IS_SET)
            ck_assert_msg(x->slot == y->slot, "%s: slot of node %zu", text, i);
        else if (x->op == OP_CALL)
            ck_assert_msg(x->function == y->function, "%s: function of node %zu", text, i);
    }
}

/* Frees the expression. */
static void assert_thaws(struct expr *expr, const char *text)
{
    CLEANUP_STRBUF struct strbuf bytes = {0};
    ck_assert_msg(expr != NULL, "%s is no expression", text);
    expr_freeze(expr, &bytes);
    ck_assert(!bytes.oom);
    struct expr *again = expr_thaw((const unsigned char *)bytes.data, &same_names);
    ck_assert_ptr_nonnull(again);
    assert_same(expr, again, text);
    expr_free(expr);
    expr_free(again);
}

static bool name_of_test(
    void *context, const char *name, size_t *slot, unsigned *kinds, const char **hint)
{
    (void)context;
    (void)hint;
    for (*slot = 0; *slot < N_NAMES; ++*slot)
        if (strcmp(expr_names[*slot].name, name) == 0) {
            *kinds = expr_names[*slot].kinds;
            return true;
        }
    return false;
}

static const char *const texts[] = {"null", "true", "false", "0", "-9223372036854775808",
    "9223372036854775807", "3e-4", "-1.5", "''", "'\xc3\xa9\xe2\x82\xac'", "[]",
    "[1, 'a', null, true, -2.5, [[], [3]]]", "i", "optimizer.lr < 1 and s == 'text'",
    "0 <= i < 9 != 3", "gone is set or nothing is not null", "1 if b else 2 if no else 3",
    "not (b and no) or i in [1, 2] and 'a' not in s", "max(i, f, 3) // 2 % 5 - -i",
    "startswith(s, 'te') and subset(l, [1]) and type(m) == 'dict' and matches(s, 't*')"};

START_TEST(thaws)
{
    struct expr_scope scope = {NULL, name_of_test};
    assert_thaws(expr_compile(texts[_i], strlen(texts[_i]), &scope, NULL), texts[_i]);
}
END_TEST

static bool name_of_profile(
    void *context, const char *name, size_t *slot, unsigned *kinds, const char **hint)
{
    (void)context;
    (void)hint;
    *kinds = EXPR_ANY;
    for (*slot = 0; *slot < profile_builtin.n_names; ++*slot)
        if (strcmp(profile_builtin.names[*slot], name) == 0)
            return true;
    return false;
}

/* The built-in bytes are those that the rules compile to. */
START_TEST(built_in_rules)
{
    struct expr_scope scope = {NULL, name_of_profile};
    ck_assert_uint_gt(profile_builtin.n_rules, 0);
    for (size_t i = 0; i < profile_builtin.n_rules; i++) {
        const struct rule *rule = &profile_builtin.rules[i];
        ck_assert_msg((rule->when != NULL) == (rule->frozen != NULL), "%s", rule->code);
        if (rule->when == NULL)
            continue;
        struct expr *compiled = expr_compile(rule->when, strlen(rule->when), &scope, NULL);
        struct expr *thawed = expr_thaw((const unsigned char *)rule->frozen, &same_names);
        ck_assert_msg(compiled != NULL && thawed != NULL, "%s", rule->when);
        assert_same(compiled, thawed, rule->when);
        expr_free(compiled);
        expr_free(thawed);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("freeze");
    TCase *tc = add_case(suite, "freeze");
    tcase_add_loop_test(tc, thaws, 0, (int)COUNT(texts));
    tcase_add_test(tc, built_in_rules);
    return check_main(suite);
}
