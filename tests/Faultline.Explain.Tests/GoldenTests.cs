using System.Reflection;
using System.Runtime.CompilerServices;
using Faultline.Explain.Text;

namespace Faultline.Explain.Tests;

/// <summary>
/// Whole explanations, to the letter. After a change that is meant, run with FAULTLINE_UPDATE_GOLDEN=1, read the difference, and
/// run again.
/// </summary>
public sealed class GoldenTests
{
    [Fact]
    public void SeedInFullWidth() =>
        Same("generic-437.txt", Checks.Run(Checks.CowRace, "v4.12+pfn-warn").Explain("warn(insert_pfn)"));

    [Fact]
    public void SeedAsMail() =>
        Same("generic-437-mail.txt", Checks.Run(Checks.CowRace, "v4.12+pfn-warn").Explain("warn(insert_pfn)", TextOptions.Mail));

    [Fact]
    public void Refinement() => Same("generic-344-refinement.txt", Checks.Run(Checks.HoleRace, "v6.15").Explain("refinement"));

    [Fact]
    public void ZeroFilledCopy() => Same("cow-loop-I6.txt", Checks.Run(Checks.CowLoop, "v4.12").Explain("I6"));

    [Fact]
    public void TheSameCheckIsExplainedTheSameTwice() => Assert.Equal(
        Checks.Run(Checks.CowLoop, "v4.12").Explain("refinement"), Checks.Run(Checks.CowLoop, "v4.12").Explain("refinement"));

    private static void Same(string name, string text, [CallerFilePath] string here = "")
    {
        if (Environment.GetEnvironmentVariable("FAULTLINE_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(here)!, "Golden", name), text);
            return;
        }

        using Stream? golden = Assembly.GetExecutingAssembly().GetManifestResourceStream(name);
        Assert.NotNull(golden);
        using var reader = new StreamReader(golden);
        Assert.Equal(reader.ReadToEnd(), text);
    }
}
