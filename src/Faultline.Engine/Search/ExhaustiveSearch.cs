using Faultline.Engine.Search.Checkpoints;
using Faultline.Engine.Search.Symmetry;

namespace Faultline.Engine.Search;

/// <summary>
/// Every reachable state, each expanded once. No reduction beyond what the coroutines' steps merge already; the ground that every other
/// strategy is checked against. The numbers of states, transitions and ends do not depend on the number of workers.
/// </summary>
public static class ExhaustiveSearch
{
    /// <summary>Searches.</summary>
    /// <param name="model">What to search.</param>
    /// <param name="observer">Is told of end states and progress, by one worker at a time.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="findLivelocks">Keep the graph and look for states from which no end can be reached.</param>
    /// <param name="checkDeterminism">Take every step twice and compare the states: a difference is a defect of the model.</param>
    /// <param name="workers">Threads that search.</param>
    /// <param name="symmetry">Take states that differ only by which of equal threads is which for one.</param>
    /// <param name="checkpoint">Where to keep the search, now and then and when it meets a bound; null: nowhere.</param>
    /// <param name="resume">Go on with the search that the checkpoint holds.</param>
    /// <exception cref="ModelException">The model has a defect.</exception>
    /// <exception cref="CheckpointException">The checkpoint cannot be gone on with.</exception>
    public static SearchResult Run(
        Model model,
        ISearchObserver? observer = null,
        SearchLimits? limits = null,
        bool findLivelocks = false,
        bool checkDeterminism = false,
        int workers = 1,
        bool symmetry = false,
        CheckpointFile? checkpoint = null,
        bool resume = false)
    {
        using var task = new SearchTask(model, observer, limits ?? SearchLimits.None, findLivelocks, workers)
        {
            ChecksDeterminism = checkDeterminism,
            CheckedGroups = checkDeterminism ? ThreadGroups.Of(model) : null,
            Groups = symmetry ? ThreadGroups.Of(model) : null,
            Checkpoint = checkpoint,
        };
        if (resume)
        {
            checkpoint!.Read(task.Load);
        }

        return task.Run();
    }
}
