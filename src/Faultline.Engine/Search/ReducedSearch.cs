using System.Diagnostics;
using Faultline.Engine.Search.Checkpoints;
using Faultline.Engine.Search.PartialOrder;
using Faultline.Engine.Search.Symmetry;

namespace Faultline.Engine.Search;

/// <summary>
/// Every end state, violation and hang, without every interleaving: transitions that are independent of each other are taken in one order
/// only (persistent sets). What is independent is learned from the transitions themselves: first from random schedules, and then in passes. A
/// pass relies on what was learned before it, and when it learns something that one of its decisions does not survive, another follows. The
/// last pass is the result (docs/search.md has the argument). The numbers of states and ends do not depend on the number of workers.
/// </summary>
public static class ReducedSearch
{
    private const int FirstWalks = 1 << 11; // steps of the first walks; the next ones are twice as long, and so on
    private const int LongestWalks = 1 << 18;

    /// <summary>Searches.</summary>
    /// <param name="model">What to search.</param>
    /// <param name="observer">Is told of end states and progress, by one worker at a time; and when a pass does not count.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="findLivelocks">Keep the graph and look for states from which no end can be reached.</param>
    /// <param name="workers">Threads that search.</param>
    /// <param name="longestWalks">Steps of random schedules in one round of learning, at most; 0: learn from passes only.</param>
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
        int longestWalks = LongestWalks,
        bool symmetry = false,
        CheckpointFile? checkpoint = null,
        bool resume = false)
    {
        limits ??= SearchLimits.None;
        var between = Stopwatch.StartNew(); // what passes cost besides searching
        ThreadGroups? groups = symmetry ? ThreadGroups.Of(model) : null;
        using var known = new LocalGraph(model, groups);
        var pass = new Pass(0, TimeSpan.Zero, 0, 0);
        pass = pass with { TransitionsBefore = resume ? 0 : Walk(0) };
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
            if (!result.Complete || Holds(task, known))
            {
                return result with
                {
                    Passes = pass.Before + 1,
                    Elapsed = pass.ElapsedBefore + result.Elapsed + between.Elapsed,
                    StatesOfAllPasses = pass.StatesBefore + result.States,
                    TransitionsOfAllPasses = pass.TransitionsBefore + result.Transitions,
                };
            }

            pass = pass.Next(result, between.Elapsed, Walk(pass.Before + 1));
            between.Restart();
            observer?.Restart();
        }

        // Learns from random schedules, as long as they show something new. Returns the number of their steps.
        long Walk(int round)
        {
            long walked = 0;
            for (int steps = Math.Min(FirstWalks, longestWalks); steps > 0 && steps <= longestWalks && limits.Met(pass.ElapsedBefore + between.Elapsed) is null; steps *= 2)
            {
                walked += steps;
                if (!known.Add(LearningWalks.Run(model, known, steps, round)))
                {
                    break;
                }
            }

            return walked;
        }

        SearchTask TaskOf(Pass pass)
        {
            SearchLimits bounds = limits.After(pass.ElapsedBefore + between.Elapsed);
            return new SearchTask(model, observer, bounds, findLivelocks, workers)
            {
                Known = known,
                Groups = groups,
                Checkpoint = checkpoint,
                SaveMore = writer => pass.Save(writer, known),
            };
        }
    }

    // Learns, and tells whether all that a complete pass relied on still stands.
    private static bool Holds(SearchTask task, LocalGraph known)
    {
        int count = known.Count;
        var heads = Enumerable.Range(0, count).Where(known.IsLoopHead).ToHashSet();
        if (!known.Add(task.Workers.SelectMany(w => w.Learner!.Learned)))
        {
            return true;
        }

        bool holds = known.CyclesPass(n => n >= count || heads.Contains(n));
        foreach (SearchWorker worker in task.Workers)
        {
            worker.Persistent!.ForEachClaim((mover, other) => holds = holds && known.AreIndependent(mover, other));
        }

        return holds;
    }

    /// <summary>A pass: how many there were before it, and what they and the walks cost together.</summary>
    private sealed record Pass(int Before, TimeSpan ElapsedBefore, long StatesBefore, long TransitionsBefore)
    {
        public Pass Next(SearchResult result, TimeSpan more, long walked) =>
            new(Before + 1, ElapsedBefore + result.Elapsed + more, StatesBefore + result.States, TransitionsBefore + result.Transitions + walked);

        public void Save(BinaryWriter writer, LocalGraph known)
        {
            writer.Write(Before);
            writer.Write(ElapsedBefore.Ticks);
            writer.Write(StatesBefore);
            writer.Write(TransitionsBefore);
            SeenEdge.WriteAll(writer, known.Seen);
        }

        public static Pass Load(BinaryReader reader, LocalGraph known)
        {
            var pass = new Pass(reader.ReadInt32(), TimeSpan.FromTicks(reader.ReadInt64()), reader.ReadInt64(), reader.ReadInt64());
            known.Add(SeenEdge.ReadAll(reader));
            return pass;
        }
    }
}
