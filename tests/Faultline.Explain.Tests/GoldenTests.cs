using Faultline.Explain.Text;

namespace Faultline.Explain.Tests;

/// <summary>Whole explanations, to the letter.</summary>
public sealed class GoldenTests
{
    [Fact]
    public void SeedOnAScreen() =>
        Golden.Same("generic-437.txt", Checks.Run(Checks.CowRace, "v4.12+pfn-warn").Explain("warn(insert_pfn)"));

    [Fact]
    public void SeedStepByStep() => Golden.Same(
        "generic-437-whole.txt",
        Checks.Run(Checks.CowRace, "v4.12+pfn-warn").Explain("warn(insert_pfn)", TextOptions.Screen with { Whole = true, Width = 100 }));

    [Fact]
    public void Refinement() => Golden.Same("generic-344-refinement.txt", Checks.Run(Checks.HoleRace, "v6.15").Explain("refinement"));

    [Fact]
    public void ZeroFilledCopy() => Golden.Same("cow-loop-I6.txt", Checks.Run(Checks.CowLoop, "v4.12").Explain("I6"));

    [Fact]
    public void TheSameCheckIsExplainedTheSameTwice() => Assert.Equal(
        Checks.Run(Checks.CowLoop, "v4.12").Explain("refinement"), Checks.Run(Checks.CowLoop, "v4.12").Explain("refinement"));
}
