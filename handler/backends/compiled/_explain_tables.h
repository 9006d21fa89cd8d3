/* The tables of explained trees: those of trees, and what explanations need besides; the checks that they fit. */

#define DEEPEST_EXPLAINED 500 /* levels: each one is a call */
#define MOST_EXPLAINED ((Py_ssize_t)1 << 40) /* contributions of a row */

static const char EXPLAINED[] = "explained trees";

typedef double Vector __attribute__((vector_size(16), aligned(8), may_alias));

/* Trees, the weight of the training rows in each node, the player that each column of a row belongs to, and what
 * follows from them. `pairs` holds the number of pairs of points for each tree. */
typedef struct {
    Trees *trees;
    Py_buffer covers, players, quadrature;
    Py_ssize_t player_count;
    int32_t *pairs;
    double *means;
    int most_pairs, deepest;
} Explained;

static double cover_of(const Explained *explained, const Node *node)
{
    return ((const double *)explained->covers.buf)[node - nodes_of(explained->trees)];
}

/* The share of a node's training rows that goes to a child. */
static double share_of(const Explained *explained, const Node *node, const Node *child)
{
    double cover = cover_of(explained, node);
    return cover > 0.0 ? cover_of(explained, child) / cover : 0.0;
}

static int32_t player_of(const Explained *explained, const Node *node)
{
    return ((const int32_t *)explained->players.buf)[node->column];
}

static double value_of(const Trees *trees, const Node *leaf, Py_ssize_t out)
{
    Py_ssize_t place = place_of(leaf) * trees->width + out;
    return trees->float32 ? ((const float *)trees->values.buf)[place] : ((const double *)trees->values.buf)[place];
}

static void free_explained(Explained *explained)
{
    if (explained->trees)
        free_trees(explained->trees);
    PyBuffer_Release(&explained->covers);
    PyBuffer_Release(&explained->players);
    PyBuffer_Release(&explained->quadrature);
    free(explained->pairs);
    free(explained->means);
    free(explained);
}

/* What a walk through all nodes of a tree keeps: how often each player is on the path, and the greatest numbers of
 * different players on a path and of levels. */
typedef struct {
    int32_t *seen;
    int players, most_players, levels;
} Survey;

/* Add a node's mean to `means`, the part of the training rows that reach it times its value. */
static void survey(const Explained *explained, const Node *node, int level, double part, double *means, Survey *found)
{
    found->levels = level > found->levels ? level : found->levels;
    if (level > DEEPEST_EXPLAINED)
        return;
    if (!node->right) {
        for (Py_ssize_t out = 0; out < explained->trees->width; out++)
            means[out] += part * value_of(explained->trees, node, out);
        return;
    }
    int32_t player = player_of(explained, node);
    found->players += !found->seen[player]++;
    found->most_players = found->players > found->most_players ? found->players : found->most_players;
    for (int side = 0; side < 2; side++) {
        const Node *child = node + (side ? node->right : 1);
        survey(explained, child, level + 1, part * share_of(explained, node, child), means, found);
    }
    found->players -= !--found->seen[player];
}

static bool check_explained(Explained *explained)
{
    const Trees *trees = explained->trees;
    const Items tables[] = {
        {"covers", &explained->covers, sizeof(double)},
        {"players", &explained->players, sizeof(int32_t)},
        {"quadrature", &explained->quadrature, sizeof(double)},
    };
    if (!check_items(tables, sizeof tables / sizeof *tables))
        return false;
    Py_ssize_t count = trees->nodes.len / (Py_ssize_t)sizeof(Node);
    if (explained->covers.len != count * (Py_ssize_t)sizeof(double))
        return refuse("covers");
    for (Py_ssize_t node = 0; node < count; node++) {
        double cover = ((const double *)explained->covers.buf)[node];
        if (!(cover >= 0.0 && cover - cover == 0.0))
            return refuse("covers");
    }
    if (explained->player_count < 1 || explained->player_count > MOST_EXPLAINED / (trees->output_width + 1)
        || explained->players.len != trees->row_width * (Py_ssize_t)sizeof(int32_t))
        return refuse("players");
    for (Py_ssize_t column = 0; column < trees->row_width; column++)
        if (!within(((const int32_t *)explained->players.buf)[column], explained->player_count))
            return refuse("players");
    return true;
}

/* Count the points that each tree needs and add up the means; the tables fit. */
static bool survey_all(Explained *explained)
{
    const Trees *trees = explained->trees;
    explained->pairs = calloc((size_t)trees->tree_count + 1, sizeof *explained->pairs);
    explained->means = calloc((size_t)trees->output_width + 1, sizeof *explained->means);
    Survey found = {calloc((size_t)explained->player_count, sizeof *found.seen), 0, 0, 0};
    bool good = explained->pairs && explained->means && found.seen;
    if (!good)
        PyErr_NoMemory();
    for (Py_ssize_t tree = 0; good && tree < trees->tree_count; tree++) {
        found.most_players = 0;
        const Node *root = nodes_of(trees) + starts_of(trees)[tree];
        survey(explained, root, 0, 1.0, explained->means + outputs_of(trees)[tree], &found);
        int pairs = explained->pairs[tree] = (found.most_players + 3) / 4; /* m points for polynomials below degree 2 m */
        explained->most_pairs = pairs > explained->most_pairs ? pairs : explained->most_pairs;
    }
    explained->deepest = found.levels;
    free(found.seen);
    if (good && explained->deepest > DEEPEST_EXPLAINED)
        return refuse("levels");
    Py_ssize_t pairs = explained->most_pairs;
    if (good && explained->quadrature.len < 3 * pairs * (pairs + 1) * (Py_ssize_t)sizeof(double))
        return refuse("quadrature");
    return good;
}
