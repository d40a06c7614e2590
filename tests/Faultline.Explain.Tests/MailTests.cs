using Faultline.Explain.Stories;
using Faultline.Explain.Text;
using Faultline.Kernel.Fs;
using Faultline.Litmus.Analysis;
using Faultline.Litmus.Checking;

namespace Faultline.Explain.Tests;

/// <summary><c>explain --mail</c>.</summary>
public sealed class MailTests
{
    [Fact]
    public void TheSeedToTheLetter() => Golden.Same("generic-437-mail.txt", string.Concat(Mail(Checks.CowRace, "v4.12+pfn-warn", "warn(insert_pfn)").Select(l => l + "\n")));

    [Theory]
    [InlineData(Checks.CowRace, "v4.12+pfn-warn", "condition")]
    [InlineData(Checks.HoleRace, "v6.15", "refinement")]
    [InlineData(Checks.CowLoop, "v4.12", "I6")]
    [InlineData(Checks.FourThreads, "v4.14", "condition")]
    public void NoLineIsLongerThanAMailHasThem(string litmus, string kernel, string finding)
    {
        foreach (FilesystemKind filesystem in Enum.GetValues<FilesystemKind>())
        {
            Assert.All(Mail(litmus, kernel, finding, filesystem), line => Assert.True(line.Length <= MailText.Width && line == line.TrimEnd(), line));
        }
    }

    [Fact]
    public void ItSaysWhatAListAsksFor()
    {
        string text = string.Join('\n', Mail(Checks.CowRace, "v4.12+pfn-warn", "warn(insert_pfn)"));
        Assert.Contains("A[0] = 1 | r0 = A[0] ;", text);
        Assert.Contains("--kernel v4.12+pfn-warn --fs ext4 --violation 'warn(insert_pfn)'", text);
        Assert.Contains("1 1 0 0 0 0 0 0 0 1 1 1", text);
        Assert.Contains("prevented by a mutex held in handle_pte_fault()", text);
        Assert.Contains("a statement about a model", text);
    }

    private static IReadOnlyList<string> Mail(string litmus, string kernel, string finding, FilesystemKind filesystem = FilesystemKind.Ext4)
    {
        CheckResult result = Checks.Run(litmus, kernel, filesystem);
        Finding found = result.Finding(finding);
        Story story = StoryBuilder.Build(result, found, analysis: AnalysisLimits.Default);
        return MailText.Lines(new MailInput(story, null, result.Test.Path, found.Witness!.Schedule.ToString(), ""));
    }
}
