using Faultline.Litmus.Syntax;
using Faultline.Real.Histograms;

namespace Faultline.Real.Repro;

/// <summary>What a test says and a program on a real kernel cannot do or see.</summary>
public static class LeftOut
{
    /// <summary>What is left out, a sentence each; the first words are the test's own.</summary>
    /// <param name="test">The test.</param>
    /// <param name="watch">How much is observed.</param>
    public static IReadOnlyList<string> Of(LitmusTest test, Watch watch = Watch.Named)
    {
        ArgumentNullException.ThrowIfNull(test);
        var notes = new List<string>();
        if (test.Statements.Any(s => s is CrashStatement))
        {
            notes.Add("crash: no program makes the power fail, so the thread ends there and nothing is lost. What survives a power failure is not shown.");
        }

        if (test.IsMountedReadOnly)
        {
            notes.Add("mount ro: the files must be written first, so they lie on a filesystem that is mounted read-write, and the race runs there.");
        }

        var geometry = new Geometry(test);
        notes.AddRange(test.Statements.Where(s => !geometry.Fits(s)).Select(s =>
            $"{LitmusPrinter.Print(test, s)}: it moves pages to places of another size, for a huge page of the test has 4 pages, a real one 512."));
        foreach (IGrouping<string, Unseen> group in ObservedSet.Of(test, watch).Unseen.GroupBy(u => u.Reason))
        {
            notes.Add($"{string.Join(", ", group.Select(u => u.Observable.Name))}: not seen from user space; {group.Key}.");
        }

        return notes;
    }

    /// <summary>What is said of a test that has an <see cref="Essential"/> one.</summary>
    public const string EssentialReason =
        "no program can do this where a huge page has 512 pages, so its outcomes cannot be compared; expected a collapse, an insertion or a reflink of whole huge pages";

    /// <summary>The first statement that a program leaves out though its effect can be seen: what the program shows is then no outcome of the test.</summary>
    /// <param name="test">The test.</param>
    public static Statement? Essential(LitmusTest test)
    {
        ArgumentNullException.ThrowIfNull(test);
        var geometry = new Geometry(test);
        return test.Statements.FirstOrDefault(s => !geometry.Fits(s));
    }
}
