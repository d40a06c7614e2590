using Faultline.Engine.Search;
using Faultline.Engine.Sync;
using Faultline.Engine.Witnesses;

namespace Faultline.Engine.Tests;

/// <summary>Locks around functions as an experiment, points of no return, nearest good runs, and what depends on a change.</summary>
public sealed class SectionTests
{
    private static readonly WitnessTarget Lost = (e, final) => final && e.Word(0) < 2;

    [Theory]
    [InlineData("increment")]
    [InlineData("body")]
    public void ALockAroundTheRightFunctionRemovesTheLostUpdate(string function)
    {
        Assert.Equal(1, Smallest(new ThreeCounters(2, 1)));
        var model = new ThreeCounters(2, 1);
        ExclusiveSections.Install(model, [function]);
        Assert.Equal(2, Smallest(model));
    }

    [Fact]
    public void ACallWithinASectionTakesTheLockOnce()
    {
        var model = new ThreeCounters(2, 2);
        ExclusiveSections.Install(model, ["body", "increment"]);
        SearchResult result = ExhaustiveSearch.Run(model, findLivelocks: true);
        Assert.True(result.Complete);
        Assert.Empty(result.Violations);
        Assert.Equal(4, model.Smallest);
    }

    /// <summary>A lock is released where its function returns, not later: the threads still alternate between calls.</summary>
    [Fact]
    public void TheLockIsHeldForTheCallOnly()
    {
        var between = new ThreeCounters(2, 2);
        ExclusiveSections.Install(between, ["increment"]);
        var around = new ThreeCounters(2, 2);
        ExclusiveSections.Install(around, ["body"]);
        Assert.True(ExhaustiveSearch.Run(between).States > ExhaustiveSearch.Run(around).States);
    }

    [Fact]
    public void WithoutSectionsNothingChanges()
    {
        var model = new ThreeCounters(2, 2);
        ExclusiveSections.Install(model, ["no_such_function"]);
        Assert.Equal(ExhaustiveSearch.Run(new ThreeCounters(2, 2)).States, ExhaustiveSearch.Run(model).States);
    }

    /// <summary>Once both have read, one of the updates is lost, whoever writes first.</summary>
    [Fact]
    public void ThePointOfNoReturnIsTheSecondRead()
    {
        var model = new ThreeCounters(2, 1);
        Schedule witness = FewestSwitches.Find(model, Lost)!;
        NoReturnPoint point = NoReturn.Find(model, witness, Lost, SearchLimits.None);
        Assert.Equal(2, point.Step);
        Assert.NotEqual(witness.Moves[0].Thread, witness.Moves[1].Thread);
    }

    [Fact]
    public void WhereEveryScheduleFailsThereIsNone() =>
        Assert.Equal(0, NoReturn.Find(new ThreeCounters(2, 1), Schedule.Parse("0 0 1 1"), (_, final) => final, SearchLimits.None).Step);

    [Fact]
    public void ABoundIsSaidNotGuessed()
    {
        var model = new ThreeCounters(3, 4);
        WitnessTarget fails = (_, final) => final;
        Schedule witness = FewestSwitches.Find(model, fails)!;
        Assert.Null(NoReturn.Find(model, witness, fails, new SearchLimits(100)).Step);
    }

    [Fact]
    public void TheNearestGoodRunBeginsAsTheBadOne()
    {
        var model = new ThreeCounters(2, 1);
        Schedule bad = FewestSwitches.Find(model, Lost)!;
        Schedule good = FewestSwitches.FindGood(model, [bad.Moves[0]], Lost, SearchLimits.None)!;
        int first = bad.Moves[0].Thread;
        Assert.Equal([first, first, 1 - first, 1 - first], good.Moves.Select(m => m.Thread));
        Assert.Null(FewestSwitches.FindGood(model, [.. bad.Moves.Take(2)], Lost, SearchLimits.None));
    }

    /// <summary>The other thread's read depends on the write before it; the last write is nobody's business.</summary>
    [Fact]
    public void WhatDependsOnAChangeIsFoundByUndoingIt()
    {
        var undone = new Undone(new ThreeCounters(2, 1), Schedule.Parse("0 0 1 1"));
        Assert.Equal(2, undone.FirstDependent(1, 0));
        Assert.Equal(-1, undone.FirstDependent(3, 0));
    }

    private static int Smallest(ThreeCounters model)
    {
        Assert.True(ExhaustiveSearch.Run(model).Complete);
        return model.Smallest;
    }
}
