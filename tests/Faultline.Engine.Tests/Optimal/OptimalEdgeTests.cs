using CsCheck;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Search;
using Faultline.Engine.Search.Optimal;
using Faultline.Engine.State;
using Faultline.Engine.Sync;
using Faultline.Engine.Tests.Programs;

namespace Faultline.Engine.Tests.Optimal;

/// <summary>Where an optimal search has to stop, and steps that others may take away or make impossible.</summary>
public sealed class OptimalEdgeTests
{
    private static readonly int Programs = int.TryParse(Environment.GetEnvironmentVariable("FAULTLINE_PROGRAMS"), out int n) ? n : 1_000;

    /// <summary>Alternatives that are a step only as long as nobody wrote, on a machine that one thread stops, in ways of its own.</summary>
    [Fact]
    public void AlternativesThatAreNoStepsAndStoppedMachines() => Gen.Select(Op.Array[1, 3].Array[2, 3].Where(t => t.Sum(ops => ops.Length) <= 6), Gen.Bool).Sample(
        (threads, stops) =>
        {
            var (all, optimal) = (new EndStates(0, 1, 2), new EndStates(0, 1, 2));
            Searching.All(new Pruning(threads, stops), all);
            SearchResult result = OptimalSearch.Run(new Pruning(threads, stops), optimal);
            Assert.True(result.Complete);
            Assert.Equal(0, result.Traces!.Value.SleepSetBlocked);
            Assert.Equal(all.Done, optimal.Done);
            Assert.Equal(all.Stuck, optimal.Stuck);
            int? traces = EveryTrace.Count(new Pruning(threads, stops), stepsAtMost: 2_000);
            Assert.Equal(traces ?? result.Traces.Value.Complete, result.Traces.Value.Complete);
        },
        iter: Programs,
        threads: 1);

    /// <summary>A loop that may never end: it says that it is not complete, it stops, and what it found is real.</summary>
    [Fact]
    public void ProgramsThatSpinAreCutAndSaidToBe()
    {
        int cut = 0;
        SmallProgram.Spinning.Sample(
            program =>
            {
                var (all, optimal) = (new EndStates(0, 1, 2), new EndStates(0, 1, 2));
                SearchResult expected = Searching.All(new ProgramModel(program), all);
                SearchResult result = OptimalSearch.Run(
                    new ProgramModel(program), optimal, new SearchLimits(MaxStates: 20_000), stepsAtMost: 40);
                Assert.Equal(result.Complete, result.StoppedBy is null);
                Assert.Subset(all.Done.ToHashSet(), optimal.Done.ToHashSet());
                Assert.Subset(all.Stuck.ToHashSet(), optimal.Stuck.ToHashSet());
                Assert.Subset(expected.Violations.ToHashSet(), result.Violations.ToHashSet());
                Assert.True(!result.Complete || (all.Done.SetEquals(optimal.Done) && all.Stuck.SetEquals(optimal.Stuck)));
                Assert.True(result.Traces!.Value is { Cut: 0 } or { Cut: <= OptimalSearch.CutAtMost } && !(result.Complete && result.Traces.Value.Cut > 0));
                cut += result.Traces.Value.Cut > 0 ? 1 : 0;
            },
            iter: Programs / 4,
            threads: 1);
        Assert.InRange(cut, Programs / 40, Programs);
    }

    [Fact]
    public void EndlessLoopsAreCutAfterTheStepsThatWereAsked()
    {
        var program = new SmallProgram([[new Op(OpKind.SpinUntil, 0, 3)], [new Op(OpKind.Write, 1, 1)]]);
        SearchResult result = OptimalSearch.Run(new ProgramModel(program), stepsAtMost: 50);
        Assert.False(result.Complete);
        Assert.Equal((50, 0), (result.MaxDepth, result.States));
        Assert.Contains("50 steps of a schedule", result.StoppedBy, StringComparison.Ordinal);
    }

    [Fact]
    public void BoundsOfStepsAndTimeAreKept()
    {
        SearchResult steps = OptimalSearch.Run(new LockCheckActGuarded(3, 2), limits: new SearchLimits(MaxStates: 50_000));
        Assert.Equal((false, "50000 steps"), (steps.Complete, steps.StoppedBy));
        SearchResult time = OptimalSearch.Run(new LockCheckActGuarded(4, 2), limits: new SearchLimits(Timeout: TimeSpan.FromSeconds(0.05)));
        Assert.False(time.Complete);
        SearchResult interrupted = OptimalSearch.Run(new LockCheckActGuarded(4, 2), limits: new SearchLimits(Cancellation: new CancellationToken(true)));
        Assert.Equal("interruption", interrupted.StoppedBy);
    }

    private static Gen<int> Op => Gen.Int[0, 4];

    /// <summary>Threads that write one of two words, or choose: the second alternative is a step only while a word is 0.</summary>
    private sealed class Pruning : SmallModel
    {
        private readonly int[][] threads;
        private readonly bool stops;

        public Pruning(int[][] threads, bool stops)
            : base(threads.Length)
        {
            (this.threads, this.stops) = (threads, stops);
            Layout.Add("v", 3, WordKind.Visible);
        }

        public override Call Start(int thread) => Body(thread);

        private static async Call Body(int thread)
        {
            for (int pc = 0; pc < Of().threads[thread].Length; pc++)
            {
                int op = Of().threads[thread][pc];
                if (op < 2)
                {
                    await new Word<int>(op).Write((10 * thread) + pc + 1);
                }
                else if (op == 4 && Of().stops)
                {
                    int choice = await new AccessStep(2, alternatives: 2);
                    new Word<int>(2).WriteAlso(100 + choice);
                    Execution.Current.StopMachine();
                }
                else
                {
                    Choose(await new AccessStep(2, alternatives: 3), thread);
                }
            }
        }

        private static void Choose(int choice, int thread)
        {
            if (choice > 0 && (new Word<int>(choice - 1).Raw != 0 || new Word<int>(2 - choice).Raw % 2 != 0))
            {
                Execution.Current.Prune();
            }
            else if (choice > 0)
            {
                new Word<int>(2).WriteAlso(new Word<int>(2).Raw + (choice << (2 * thread)));
            }
        }

        private static Pruning Of() => (Pruning)Execution.Current.Model;
    }
}
