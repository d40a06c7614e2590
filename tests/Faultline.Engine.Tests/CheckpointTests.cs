using Faultline.Engine.Coroutines;
using Faultline.Engine.Search;
using Faultline.Engine.Search.Checkpoints;
using Faultline.Engine.State;
using Faultline.Engine.Sync;

namespace Faultline.Engine.Tests;

/// <summary>A search that is stopped and gone on with ends where one ends that was never stopped; a file that is no checkpoint is refused.</summary>
public sealed class CheckpointTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private string FilePath => Path.Combine(folder, "search");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(2, 1, false)]
    [InlineData(1, 2, true)]
    [InlineData(1, 1, true)]
    [InlineData(2, 1, false, true)]
    [InlineData(1, 2, true, true)]
    public void GoesOnWhereItStopped(int before, int after, bool reduced, bool symmetry = false)
    {
        SearchResult whole = Search(reduced, SearchLimits.None, 1, null, false, symmetry);
        SearchResult? part = null;
        int parts = 0;
        for (long states = 3_000; part is not { Complete: true }; states += 20_000)
        {
            int workers = parts++ % 2 == 0 ? before : after;
            part = Search(reduced, new SearchLimits(states), workers, Keep(), resume: parts > 1 && File.Exists(FilePath), symmetry);
        }

        Assert.InRange(parts, 3, 100);
        Assert.Equal((whole.States, whole.Transitions, whole.EndStates), (part.States, part.Transitions, part.EndStates));
        Assert.Equal(whole.StatesStoodFor, part.StatesStoodFor);
        Assert.Equal(whole.Violations, part.Violations);
        Assert.Equal(whole.LockOrder, part.LockOrder);
        Assert.Equal(whole.Livelocked!.Count, part.Livelocked!.Count);
    }

    /// <summary>
    /// One written while the search goes on holds all that is left, too: not a step of a state that was being expanded is lost when the search
    /// dies after it.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void OneWrittenOnTheWayHoldsAllThatIsLeft(int workers)
    {
        SearchResult whole = ExhaustiveSearch.Run(new LockCheckAct(3, 2), findLivelocks: true);
        CheckpointFile often = new(FilePath, "lock check act") { NotWritten = why => Assert.Fail(why), Interval = TimeSpan.Zero };
        Assert.Throws<TimeoutException>(() => ExhaustiveSearch.Run(
            new LockCheckAct(3, 2), new Dies(), findLivelocks: true, workers: workers, checkpoint: often));
        SearchResult rest = ExhaustiveSearch.Run(
            new LockCheckAct(3, 2), findLivelocks: true, workers: workers, checkpoint: Keep(), resume: true);
        Assert.Equal((whole.States, whole.Transitions, whole.EndStates), (rest.States, rest.Transitions, rest.EndStates));
    }

    /// <summary>
    /// Which words a check reads is known from the states that were checked. A search that goes on knows it, too: of a state that waited, or
    /// the step after it would be taken for one that no check can see.
    /// </summary>
    [Fact]
    public void WhatChecksReadIsKnownToOneThatGoesOn()
    {
        SearchResult part = ExhaustiveSearch.Run(new LooksWhereItMust(), limits: new SearchLimits(7), checkpoint: Keep());
        Assert.False(part.Complete);
        Assert.Empty(part.Violations);
        SearchResult rest = ExhaustiveSearch.Run(new LooksWhereItMust(), checkpoint: Keep(), resume: true);
        Assert.True(rest.Complete);
        Assert.Equal("both", Assert.Single(rest.Violations).Name);
    }

    [Fact]
    public void OfAnotherSearchIsRefused()
    {
        Search(false, new SearchLimits(1_000), 1, Keep(), false);
        var other = new CheckpointFile(FilePath, "another");
        var refused = Assert.Throws<CheckpointException>(other.Prepare);
        Assert.Contains("expected 'another', found 'lock check act'", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Whatever byte is damaged, and wherever it is cut off.</summary>
    [Fact]
    public void ADamagedOneIsRefused()
    {
        Search(false, new SearchLimits(1_000), 1, Keep(), false);
        byte[] whole = File.ReadAllBytes(FilePath);
        for (int at = 0; at < whole.Length; at += 997)
        {
            File.WriteAllBytes(FilePath, [.. whole[..at], (byte)(whole[at] ^ 0x10), .. whole[(at + 1)..]]);
            Assert.Throws<CheckpointException>(Keep().Prepare);
            File.WriteAllBytes(FilePath, whole[..at]);
            Assert.Throws<CheckpointException>(Keep().Prepare);
        }

        File.Delete(FilePath);
        Assert.Throws<CheckpointException>(Keep().Prepare);
    }

    [Fact]
    public void OneThatCannotBeWrittenIsToldAndTheSearchGoesOn()
    {
        string? told = null;
        var file = new CheckpointFile(Path.Combine(folder, "none", "search"), "x") { NotWritten = why => told = why, Interval = TimeSpan.Zero };
        SearchResult result = ExhaustiveSearch.Run(new LockCheckAct(3, 1), checkpoint: file);
        Assert.True(result.Complete);
        Assert.Equal(68_996, result.States);
        Assert.NotNull(told);
    }

    /// <summary>One thread that sets A to 0, 1 or 2, and much later B for a moment; the check looks at B only where A is 1.</summary>
    private sealed class LooksWhereItMust : SmallModel
    {
        private static readonly Word<int> A = new(0);
        private static readonly Word<int> B = new(1);
        private static readonly Word<int> C = new(2);

        public LooksWhereItMust()
            : base(1) => Layout.Add("abc", 3, WordKind.Visible);

        public override Call Start(int thread) => Body();

        public override void CheckState(Execution execution)
        {
            if (execution.Read(A.Index) == 1 && execution.Read(B.Index) == 1)
            {
                execution.Raise(ViolationKind.Invariant, "both");
            }
        }

        private static async Call Body()
        {
            A.Raw = await new AccessStep(A.Index, alternatives: 3); // the way in the middle is never gone first
            for (int i = 1; i <= 20; i++)
            {
                await C.Write(i);
            }

            await B.Write(1);
            await B.Write(0);
        }
    }

    /// <summary>As killed, at the first sign of progress: after some checkpoints, and without a last one.</summary>
    private sealed class Dies : ISearchObserver
    {
        public void EndState(Execution execution, bool stuck)
        {
        }

        public void Progress(SearchProgress progress) => throw new TimeoutException();
    }

    private CheckpointFile Keep() => new(FilePath, "lock check act") { NotWritten = why => Assert.Fail(why) };

    private static SearchResult Search(
        bool reduced, SearchLimits limits, int workers, CheckpointFile? file, bool resume, bool symmetry = false)
    {
        LockCheckAct model = symmetry ? new(4, reduced ? 2 : 1, diesInOrder: false) : new(3, reduced ? 2 : 1);
        return reduced
            ? ReducedSearch.Run(model, null, limits, findLivelocks: true, workers, symmetry: symmetry, checkpoint: file, resume: resume)
            : ExhaustiveSearch.Run(model, null, limits, findLivelocks: true, workers: workers, symmetry: symmetry, checkpoint: file, resume: resume);
    }
}
