using System.Diagnostics;
using Faultline.Engine.Search.Checkpoints;
using Faultline.Engine.Search.PartialOrder;
using Faultline.Engine.Search.Symmetry;

namespace Faultline.Engine.Search;

/// <summary>
/// Every end state, violation and hang, without every interleaving: transitions that are independent of each other are taken in one order
/// only (persistent sets). What is independent is learned from the transitions themselves, in passes: a pass relies on what the passes
/// before it have learned, and when it learns something that one of its decisions does not survive, another follows. The last pass is
/// the result (docs/search.md has the argument). The numbers of states and ends do not depend on the number of workers.
/// </summary>
public static class ReducedSearch
{
    private const long DefaultFirstPass = 1 << 8;
    private const int Growth = 4;
    private const long WalkStepsAtMost = 1 << 19;
    private const int LittleNews = 64; // a pass that learned less than one part in so many is followed by one without a bound

    /// <summary>Searches.</summary>
    /// <param name="model">What to search.</param>
    /// <param name="observer">Is told of end states and progress, by one worker at a time; and when a pass does not count.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="findLivelocks">Keep the graph and look for states from which no end can be reached.</param>
    /// <param name="workers">Threads that search.</param>
    /// <param name="firstPassStates">States of the first pass, which knows nothing and learns.</param>
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
        int workers = 1,
        long firstPassStates = DefaultFirstPass,
        bool symmetry = false,
        CheckpointFile? checkpoint = null,
        bool resume = false)
    {
        limits ??= SearchLimits.None;
        var between = Stopwatch.StartNew(); // what passes cost besides searching
        ThreadGroups? groups = symmetry ? ThreadGroups.Of(model) : null;
        using var known = new LocalGraph(model, groups);
        var pass = new Pass(firstPassStates, 0, TimeSpan.Zero, 0, 0);
        for (; ; resume = false)
        {
            SearchTask? loaded = null;
            if (resume)
            {
                checkpoint!.Read(reader =>
                {
                    pass = Pass.Load(reader, known);
                    loaded = TaskOf(pass);
                    loaded.Load(reader);
                });
            }

            using SearchTask task = loaded ?? TaskOf(pass);
            between.Stop();
            SearchResult result = task.Run();
            between.Start();
            bool goesOn = result.Complete || (task.IsCut && task.MetMaxStates), isNew = false;
            int knew = known.Count;
            if (!goesOn || Holds(task, known, result.Complete, out isNew))
            {
                return result with
                {
                    Passes = pass.Before + 1,
                    Elapsed = pass.ElapsedBefore + result.Elapsed + between.Elapsed,
                    StatesOfAllPasses = pass.StatesBefore + result.States,
                    TransitionsOfAllPasses = pass.TransitionsBefore + result.Transitions,
                };
            }

            long steps = isNew ? Math.Min(WalkStepsAtMost, 4 * result.States) : 0;
            known.Add(LearningWalks.Run(model, known, steps));
            bool knowsMost = (known.Count - knew) * LittleNews < known.Count;
            pass = pass.Next(result, between.Elapsed, steps, result.Complete ? pass.Budget : knowsMost ? long.MaxValue : pass.Budget * Growth);
            between.Restart();
            observer?.Restart();
        }

        SearchTask TaskOf(Pass pass)
        {
            bool isCut = pass.Budget < limits.MaxStates;
            SearchLimits bounds = limits.After(pass.ElapsedBefore + between.Elapsed) with { MaxStates = Math.Min(pass.Budget, limits.MaxStates) };
            return new SearchTask(model, observer, bounds, findLivelocks, isCut ? 1 : workers)
            {
                Known = known,
                Groups = groups,
                IsCut = isCut,
                Checkpoint = checkpoint,
                SaveMore = writer => pass.Save(writer, known),
            };
        }
    }

    // Learns, and tells whether the pass is complete and all that it relied on still stands.
    private static bool Holds(SearchTask task, LocalGraph known, bool complete, out bool isNew)
    {
        int count = known.Count;
        var heads = Enumerable.Range(0, count).Where(known.IsLoopHead).ToHashSet();
        isNew = known.Add(task.Workers.SelectMany(w => w.Learner!.Learned));
        if (!complete || !isNew)
        {
            return complete;
        }

        bool holds = known.CyclesPass(n => n >= count || heads.Contains(n));
        foreach (SearchWorker worker in task.Workers)
        {
            worker.Persistent!.ForEachClaim((mover, other) => holds = holds && known.AreIndependent(mover, other));
        }

        return holds;
    }

    /// <summary>A pass: how many states it may have, and what those before it cost together.</summary>
    private sealed record Pass(long Budget, int Before, TimeSpan ElapsedBefore, long StatesBefore, long TransitionsBefore)
    {
        public Pass Next(SearchResult result, TimeSpan more, long walked, long budget) => new(
            budget, Before + 1, ElapsedBefore + result.Elapsed + more, StatesBefore + result.States, TransitionsBefore + result.Transitions + walked);

        public void Save(BinaryWriter writer, LocalGraph known)
        {
            writer.Write(Budget);
            writer.Write(Before);
            writer.Write(ElapsedBefore.Ticks);
            writer.Write(StatesBefore);
            writer.Write(TransitionsBefore);
            SeenEdge.WriteAll(writer, known.Seen);
        }

        public static Pass Load(BinaryReader reader, LocalGraph known)
        {
            var pass = new Pass(
                reader.ReadInt64(), reader.ReadInt32(), TimeSpan.FromTicks(reader.ReadInt64()), reader.ReadInt64(), reader.ReadInt64());
            known.Add(SeenEdge.ReadAll(reader));
            return pass;
        }
    }
}
