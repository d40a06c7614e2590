using CsCheck;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Search;
using Faultline.Engine.Search.Optimal;
using Faultline.Engine.State;
using Faultline.Engine.Sync;
using Faultline.Engine.Tests.Programs;

namespace Faultline.Engine.Tests.Optimal;

/// <summary>One execution for each order of dependent steps: counts of the peers' tools, and ends and violations of the exhaustive search.</summary>
public sealed class OptimalSearchTests
{
    /// <summary>GenMC 0.10.3 and Nidhugg 0.4 agree to the unit on the same program in C.</summary>
    [Theory]
    [InlineData(2, 1, 468)]
    [InlineData(3, 1, 52_260)]
    [InlineData(2, 2, 493_914)]
    public void LockCheckActHasAsManyTracesAsThePeersCount(int faulting, int rounds, long traces)
    {
        OptimalResult result = OptimalSearch.Run(new LockCheckActGuarded(faulting, rounds, pteFirst: true));
        Assert.True(result.Search.Complete);
        Assert.Equal((traces, 0), (result.Traces, result.Redundant));
    }

    [Fact]
    public void RandomProgramsEndAndFailAsInTheExhaustiveSearch() => SmallProgram.Tiny.Sample(
        program =>
        {
            var all = new Ends();
            var optimal = new Ends();
            SearchResult exhaustive = ExhaustiveSearch.Run(new ProgramModel(program), all);
            OptimalResult result = OptimalSearch.Run(new ProgramModel(program), optimal, new SearchLimits(20_000));
            if (result.Search.Complete)
            {
                Assert.True(all.Found.SetEquals(optimal.Found), $"other ends: {all.Found.Count}, {optimal.Found.Count}");
                Assert.Equal(0, result.Redundant);
                Assert.Equal(exhaustive.Violations, result.Search.Violations);
                Assert.Equal(exhaustive.LockOrder, result.Search.LockOrder);
            }
        },
        iter: int.TryParse(Environment.GetEnvironmentVariable("FAULTLINE_PROGRAMS"), out int n) ? n : 3_000,
        threads: 1);

    [Fact]
    public void AnEndlessExecutionStopsTheSearchLoudly()
    {
        var spins = new SmallProgram([[new Op(OpKind.SpinUntil, 0, 1)], [new Op(OpKind.Write, 1, 1)]]);
        OptimalResult result = OptimalSearch.Run(new ProgramModel(spins));
        Assert.False(result.Search.Complete);
        Assert.Equal("an execution of 2000 steps", result.Search.StoppedBy);
    }

    /// <summary>Of a model with steps that it cannot order it never says that it is complete.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatItCannotOrderStopsItLoudly(bool stops)
    {
        OptimalResult result = OptimalSearch.Run(new Unordered(stops));
        Assert.False(result.Search.Complete);
        Assert.Equal(stops ? "a stop of the machine" : "an alternative that is no step of its own", result.Search.StoppedBy);
    }

    private sealed class Unordered : SmallModel
    {
        private readonly bool stops;

        public Unordered(bool stops)
            : base(2)
        {
            this.stops = stops;
            Layout.Add("x", 1, WordKind.Visible);
        }

        public override Call Start(int thread) => thread == 0 ? First(stops) : Second();

        private static async Call First(bool stops)
        {
            int choice = await new AccessStep(0, alternatives: 2);
            if (stops)
            {
                Execution.Current.StopMachine();
            }
            else if (choice == 0 && Execution.Current.Read(0) == 0)
            {
                Execution.Current.Prune();
            }
        }

        private static async Call Second() => await new Word<int>(0).Write(1);
    }

    private sealed class Ends : ISearchObserver
    {
        public HashSet<ulong> Found { get; } = [];

        public void EndState(Execution execution, bool stuck) => Found.Add(execution.StateFingerprint);

        public void Progress(SearchProgress progress)
        {
        }
    }
}
