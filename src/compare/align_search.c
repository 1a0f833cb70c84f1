/* SPDX-License-Identifier: MIT
 * Myers' search for the middle of a shortest edit script, from both ends at once.
 *
 * Points are (x, y): so many tokens of a and of b behind the corner of the box where the search begins; diagonal k is
 * x - y. reach[k] is the furthest x that at most d edits reach on diagonal k, or -1. The search from the far corner does
 * the same with both texts read backwards, so that its diagonal k is the near one's n - m - k. */
#include "base/platform.h"

#include "compare/align_impl.h"

#include "base/error.h"
#include "base/mem.h"

struct front { /* one of the two searches */
    const uint32_t *a, *b;
    ptrdiff_t n, m;
    ptrdiff_t *reach; /* of diagonal 0; valid from -m - 1 to n + 1 */
    bool backwards;
    uint64_t steps;
};

NDUP_INLINE bool same(const struct front *f, ptrdiff_t x, ptrdiff_t y)
{
    return f->backwards ? f->a[f->n - 1 - x] == f->b[f->m - 1 - y] : f->a[x] == f->b[y];
}

/* The diagonals that d edits lead to: every second one of these. */
NDUP_INLINE ptrdiff_t lowest(const struct front *f, ptrdiff_t d)
{
    return d <= f->m ? -d : -f->m + ((d - f->m) & 1);
}

NDUP_INLINE ptrdiff_t highest(const struct front *f, ptrdiff_t d)
{
    return d <= f->n ? d : f->n - ((d - f->n) & 1);
}

/* One edit more. */
static void advance(struct front *f, ptrdiff_t d)
{
    ptrdiff_t low = lowest(f, d), high = highest(f, d);
    if (d <= f->m)
        f->reach[-d - 1] = -1;
    if (d <= f->n)
        f->reach[d + 1] = -1;
    if (d == 0)
        f->reach[0] = -1;
    for (ptrdiff_t k = low; k <= high; k += 2) {
        ptrdiff_t x = d == 0 ? 0 : f->reach[k];
        ptrdiff_t right = f->reach[k - 1], down = f->reach[k + 1];
        if (right >= 0 && right >= x && right < f->n)
            x = right + 1;
        if (down > x && down - k <= f->m)
            x = down;
        if (x >= 0) {
            ptrdiff_t y = x - k, from = x;
            while (x < f->n && y < f->m && same(f, x, y)) {
                x++;
                y++;
            }
            f->steps += (uint64_t)(x - from);
        }
        f->reach[k] = x;
    }
    f->steps += (uint64_t)(high - low) / 2 + 1;
}

/* Whether the two searches have met: `mine` did d edits, `other` e. *x is how far `mine` is there, on diagonal *k. */
static bool have_met(const struct front *mine, ptrdiff_t d, const struct front *other, ptrdiff_t e, ptrdiff_t *x,
                     ptrdiff_t *k)
{
    ptrdiff_t delta = mine->n - mine->m;
    ptrdiff_t low = lowest(mine, d), high = highest(mine, d);
    for (*k = low; *k <= high; *k += 2) {
        ptrdiff_t theirs = delta - *k;
        if (theirs < lowest(other, e) || theirs > highest(other, e))
            continue;
        *x = mine->reach[*k];
        if (*x >= 0 && other->reach[theirs] >= 0 && *x + other->reach[theirs] >= mine->n)
            return true;
    }
    return false;
}

/* The point furthest from its corner that d edits reach; returns how far. */
static ptrdiff_t furthest(const struct front *f, ptrdiff_t d, ptrdiff_t *x, ptrdiff_t *k)
{
    ptrdiff_t best = -1;
    for (ptrdiff_t i = lowest(f, d); i <= highest(f, d); i += 2) {
        if (f->reach[i] >= 0 && 2 * f->reach[i] - i > best) {
            best = 2 * f->reach[i] - i;
            *x = f->reach[i];
            *k = i;
        }
    }
    return best;
}

/* A point, counted from the near corner, through which a shortest edit script of the box goes: returns true. False if the
 * limits are passed: then it is as far from one of the corners as the search has come. The sides differ in their first
 * token and in their last, and none is empty. */
static bool find_middle(const struct ndup_align *x, const struct ndup_align_box *box, struct ndup_align_limits limits,
                        size_t *at_a, size_t *at_b)
{
    ptrdiff_t n = (ptrdiff_t)(box->a1 - box->a0), m = (ptrdiff_t)(box->b1 - box->b0);
    struct front near = {x->a.token + box->a0, x->b.token + box->b0, n, m, x->reach + m + 1, false, 0};
    struct front far = near;
    far.reach = near.reach + n + m + 3;
    far.backwards = true;
    bool odd = ((n - m) & 1) != 0, found = false, from_far = false;
    ptrdiff_t px = 0, k = 0;
    for (ptrdiff_t d = 0; !found; d++) {
        advance(&near, d);
        found = odd && d > 0 && have_met(&near, d, &far, d - 1, &px, &k);
        if (found)
            break;
        advance(&far, d);
        from_far = found = !odd && have_met(&far, d, &near, d, &px, &k);
        if (!found && d > 0 && ((size_t)d >= limits.edits || near.steps + far.steps > limits.work)) {
            ptrdiff_t fx = 0, fk = 0;
            from_far = furthest(&far, d, &fx, &fk) > furthest(&near, d, &px, &k);
            if (from_far) {
                px = fx;
                k = fk;
            }
            break;
        }
    }
    *at_a = (size_t)(from_far ? n - px : px);
    *at_b = (size_t)(from_far ? m - (px - k) : px - k);
    return found;
}

neardup_status ndup_align_push(struct ndup_align *x, struct ndup_align_box box, neardup_error *err)
{
    if (box.a0 == box.a1 || box.b0 == box.b1)
        return NEARDUP_OK;
    if (!ndup_grow(&x->stack, &x->stack_capacity, x->stack_count + 1, sizeof *x->stack))
        return ndup_fail_nomem(err);
    x->stack[x->stack_count++] = box;
    return NEARDUP_OK;
}

/* Matches what the sides begin and end with. */
static void trim(struct ndup_align *x, struct ndup_align_box *box)
{
    const uint32_t *a = x->a.token, *b = x->b.token;
    while (box->a0 < box->a1 && box->b0 < box->b1 && a[box->a0] == b[box->b0])
        x->match[box->a0++] = box->b0++;
    while (box->a0 < box->a1 && box->b0 < box->b1 && a[box->a1 - 1] == b[box->b1 - 1])
        x->match[--box->a1] = --box->b1;
}

neardup_status ndup_align_search(struct ndup_align *x, struct ndup_align_limits limits, bool whole, bool *given_up,
                                 neardup_error *err)
{
    *given_up = false;
    while (x->stack_count > 0) {
        struct ndup_align_box box = x->stack[--x->stack_count];
        size_t at_a, at_b;
        trim(x, &box);
        if (box.a0 == box.a1 || box.b0 == box.b1)
            continue;
        bool found = find_middle(x, &box, limits, &at_a, &at_b);
        if (!found && whole) {
            *given_up = true;
            x->stack_count = 0;
            return NEARDUP_OK;
        }
        NDUP_TRY(ndup_align_push(x, (struct ndup_align_box){box.a0 + at_a, box.a1, box.b0 + at_b, box.b1}, err));
        NDUP_TRY(ndup_align_push(x, (struct ndup_align_box){box.a0, box.a0 + at_a, box.b0, box.b0 + at_b}, err));
    }
    return NEARDUP_OK;
}
