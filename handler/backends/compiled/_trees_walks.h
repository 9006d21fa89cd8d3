/* Walk rows from the roots of trees to leaves, and add up the leaves' values. */

#define LANES 8         /* concurrent walks: while one waits for memory, others proceed */
#define BLOCK (1 << 14) /* values in rows that are walked together, to fit the cache */

/* Whether a set contains a category, given as its bit number; the last bit stands for all higher ones. */
static bool in_set(const int32_t *set, double bit)
{
    int64_t number = (int64_t)bit, last = 32 * (int64_t)set[0] - 1;
    number = number < last ? number : last;
    return (uint32_t)set[1 + number / 32] >> number % 32 & 1;
}

/* Take each lane from a root to a leaf, and leave it there: a leaf's threshold is NaN, its right child itself.
 * Rows of consecutive lanes start `apart` from each other; the numbers of a row are `stride` apart.
 *
 * The direction at a node is unpredictable, so the step is computed without a branch; the empty statement keeps
 * compilers from turning it into one. */
static inline __attribute__((always_inline)) void walk(const Trees *trees, const Node **leaves, const double *rows,
                                                       Py_ssize_t stride, int apart, bool categories)
{
    const Node *at[LANES];
    uint32_t moving;
    memcpy(at, leaves, sizeof at);
    do {
        moving = 0;
#pragma GCC unroll 8
        for (int lane = 0; lane < LANES; lane++) {
            const Node *node = at[lane];
            double value = rows[node->column * stride + lane * apart];
            bool left = categories && holds_categories(trees, node->column)
                ? in_set(sets_of(trees) + (Py_ssize_t)node->threshold, value)
                : value <= node->threshold;
            uint32_t mask = -(uint32_t)!left;
            __asm__("" : "+r"(mask));
            uint32_t step = 1 + ((node->right - 1) & mask);
            at[lane] = node + step;
            moving |= at[lane]->right;
        }
    } while (moving);
    memcpy(leaves, at, sizeof at);
}

/* Walk LANES rows in one tree. */
static __attribute__((noinline)) void walk_rows(const Node **leaves, const double *rows)
{
    walk(NULL, leaves, rows, LANES, 1, false);
}

/* Walk one row in LANES trees. */
static __attribute__((noinline)) void walk_trees(const Node **leaves, const double *row)
{
    walk(NULL, leaves, row, 1, 0, false);
}

/* Walk either, with categories. */
static __attribute__((noinline)) void walk_categories(const Trees *trees, const Node **leaves, const double *rows,
                                                  Py_ssize_t stride, int apart)
{
    walk(trees, leaves, rows, stride, apart, true);
}

static inline void add_leaf(const Trees *trees, const Node *leaf, double *total)
{
    Py_ssize_t index = 0, start = place_of(leaf) * trees->width;
    if (trees->float32) {
        const float *values = (const float *)trees->values.buf + start;
        do
            total[index] = (float)(total[index] + (double)values[index]);
        while (++index < trees->width);
    } else {
        const double *values = (const double *)trees->values.buf + start;
        do
            total[index] += values[index];
        while (++index < trees->width);
    }
}

/* Add up all trees for groups of LANES rows. */
static void add_groups(const Trees *trees, const double *rows, Py_ssize_t count, double *totals, Py_ssize_t output_width)
{
    for (Py_ssize_t tree = 0; tree < trees->tree_count; tree++) {
        for (Py_ssize_t row = 0; row < count; row += LANES) {
            const Node *leaves[LANES];
            double *own = totals + row * output_width + outputs_of(trees)[tree];
            for (int lane = 0; lane < LANES; lane++)
                leaves[lane] = nodes_of(trees) + starts_of(trees)[tree];
            if (trees->has_categories)
                walk_categories(trees, leaves, rows + row * trees->row_width, LANES, 1);
            else
                walk_rows(leaves, rows + row * trees->row_width);
            for (int lane = 0; lane < LANES; lane++)
                add_leaf(trees, leaves[lane], own + lane * output_width);
        }
    }
}

/* Add leaves of single numbers, from the given tree on, to the totals of a row. A total stays in a register: to write it
 * and to read it again for each tree takes as long as a walk. The sum of two float32 is the same, whether it is rounded
 * at once or from float64. */
static void add_singles(const Trees *trees, const void *values, Py_ssize_t tree, Py_ssize_t count, const int64_t *leaves,
                        double *totals)
{
    const double *wide = values;
    const float *narrow = values;
    if (trees->output_width > 1) {
        for (const int32_t *out = outputs_of(trees) + tree, *end = out + count; out < end; out++, leaves++)
            totals[*out] = trees->float32 ? (float)totals[*out] + narrow[*leaves] : totals[*out] + wide[*leaves];
    } else if (trees->float32) {
        float total = (float)*totals;
        for (const int64_t *leaf = leaves; leaf < leaves + count; leaf++)
            total += narrow[*leaf];
        *totals = total;
    } else {
        double total = *totals;
        for (const int64_t *leaf = leaves; leaf < leaves + count; leaf++)
            total += wide[*leaf];
        *totals = total;
    }
}

/* Add up all trees for one row. */
static void add_row(const Trees *trees, const double *row, double *totals)
{
    for (Py_ssize_t tree = 0; tree < trees->tree_count; tree += LANES) {
        const Node *leaves[LANES];
        int64_t places[LANES];
        int count = trees->tree_count - tree < LANES ? (int)(trees->tree_count - tree) : LANES;
        for (int lane = 0; lane < LANES; lane++)
            leaves[lane] = nodes_of(trees) + starts_of(trees)[tree + lane % count];
        if (trees->has_categories)
            walk_categories(trees, leaves, row, 1, 0);
        else
            walk_trees(leaves, row);
        for (int lane = 0; lane < count; lane++)
            if (trees->width == 1)
                places[lane] = place_of(leaves[lane]);
            else
                add_leaf(trees, leaves[lane], totals + outputs_of(trees)[tree + lane]);
        if (trees->width == 1)
            add_singles(trees, trees->values.buf, tree, count, places, totals);
    }
}

static void add_all(const Trees *trees, const double *rows, Py_ssize_t count, double *totals, Py_ssize_t output_width)
{
    Py_ssize_t size = LANES * (1 + BLOCK / LANES / trees->row_width), grouped = count - count % LANES;
    for (Py_ssize_t row = 0; row < grouped; row += size) {
        Py_ssize_t here = grouped - row < size ? grouped - row : size;
        add_groups(trees, rows + row * trees->row_width, here, totals + row * output_width, output_width);
    }
    for (Py_ssize_t row = grouped; row < count; row++)
        add_row(trees, rows + row * trees->row_width, totals + row * output_width);
}
