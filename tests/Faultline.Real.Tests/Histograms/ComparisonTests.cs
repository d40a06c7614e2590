using Faultline.Engine.Search;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Conditions;
using Faultline.Real.Histograms;

namespace Faultline.Real.Tests.Histograms;

public sealed class ComparisonTests
{
    [Fact]
    public void What_the_model_does_not_have_is_a_finding()
    {
        Comparison comparison = Compare("seed/generic-437", "v6.12", Watch.Named, "1:r0=1;", "1:r0=7;", "1:r0=3;");
        Assert.True(comparison.IsFinding);
        Assert.Equal("1:r0=3;", Assert.Single(comparison.Outside).Line);
        Assert.Empty(comparison.Reproduced);
        Assert.Empty(comparison.NotSeen);
        var text = new StringWriter();
        ComparisonText.Write(text, comparison);
        Assert.StartsWith("FINDING: generic-437 ended as the model of v6.12, ext4 never does:\n  1 times 1:r0=3;\n", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_model_has_is_none()
    {
        Comparison comparison = Compare("seed/generic-437", "v6.12", Watch.Named, "1:r0=7;");
        Assert.False(comparison.IsFinding);
        Assert.Equal(["1:r0=1;"], comparison.NotSeen);
    }

    [Fact]
    public void A_bug_that_the_model_has_is_called_reproduced()
    {
        Comparison comparison = Compare("findings/write-not-seen", "v6.12", Watch.Named, "1:r1=0;", "1:r1=6;");
        Assert.False(comparison.IsFinding);
        Assert.Equal("1:r1=0;", Assert.Single(comparison.Reproduced).Line);
    }

    [Fact]
    public void A_signal_that_the_test_does_not_name_is_an_outcome()
    {
        Assert.False(Compare("findings/zero-page-sigbus", "v6.18", Watch.Named, "sigbus.P0=1;").IsFinding);
        Assert.True(Compare("findings/zero-page-sigbus", "v6.12", Watch.Named, "sigbus.P0=1;").IsFinding);
        Assert.True(Compare("findings/write-not-seen", "v6.12", Watch.Named, "1:r1=6; sigbus.P0=1;").IsFinding);
        Assert.False(Compare("findings/write-not-seen", "v6.18", Watch.Named, "1:r1=6; sigbus.P0=1;").IsFinding);
    }

    [Fact]
    public void A_hang_is_a_finding_unless_the_model_hangs_too()
    {
        Assert.True(Compare("seed/generic-437", "v6.12", Watch.Named, Histogram.HangLine).IsFinding);
        Assert.False(Compare("findings/layout-break-sleeps", "v6.18", Watch.Named, Histogram.HangLine).IsFinding);
    }

    [Fact]
    public void A_power_failure_is_not_waited_for() =>
        Assert.False(Compare("findings/punch-forgets-dirty", "v6.18", Watch.All, "A[0]=1; A[1]=0; f[0]=1; f[1]=0; size.f=2;").IsFinding);

    [Fact]
    public void A_search_that_was_cut_short_finds_nothing()
    {
        TestFile file = Corpus.Load("seed/generic-437");
        ObservedSet observed = ObservedSet.Of(file.Test!, Watch.Named);
        AllowedOutcomes allowed = AllowedOutcomes.Explore(
            file.Program!, observed, KernelVersions.Find("v6.12")!, [FilesystemKind.Ext4], new SearchLimits(MaxStates: 10));
        Assert.False(new Comparison(Seen("1:r0=3;"), allowed).IsFinding);
    }

    /// <summary>What atomic accesses can do, the model can, as a real run would print it; so the two are printed alike.</summary>
    [Theory]
    [InlineData("seed/generic-437")]
    [InlineData("fstests/generic-344-huge-write")]
    [InlineData("fstests/generic-503-collapse")]
    [InlineData("fstests/generic-354-hole-processes")]
    public void The_models_states_and_the_references_are_printed_alike(string test)
    {
        TestFile file = Corpus.Load(test);
        AllowedOutcomes allowed = AllowedOutcomes.Explore(
            file.Program!, ObservedSet.Of(file.Test!, Watch.All), KernelVersions.Find("v6.12")!, [FilesystemKind.Xfs], SearchLimits.None);
        Assert.True(allowed.IsComplete);
        Assert.NotEmpty(allowed.Model);
        Assert.Empty(allowed.Model.Except(allowed.Atomic!));
    }

    private static Comparison Compare(string test, string kernel, Watch watch, params string[] states)
    {
        TestFile file = Corpus.Load(test);
        AllowedOutcomes allowed = AllowedOutcomes.Explore(
            file.Program!, ObservedSet.Of(file.Test!, watch), KernelVersions.Find(kernel)!, [FilesystemKind.Ext4], SearchLimits.None);
        return new Comparison(Seen(states) with { TestName = file.Test!.Name }, allowed);
    }

    private static Histogram Seen(params string[] states) => new()
    {
        TestName = "t",
        Quantifier = Quantifier.Exists,
        ConditionText = "exists (true)",
        Hash = "0",
        States = [.. states.Select(s => new SeenState(s, 1, false))],
        Positive = 0,
        Negative = states.Length,
        Seconds = 1,
    };
}
