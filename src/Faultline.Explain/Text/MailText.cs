using Faultline.Explain.Matrix;
using Faultline.Explain.Stories;
using Faultline.Litmus;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Matrix;

namespace Faultline.Explain.Text;

/// <summary>What a mail says beyond the story.</summary>
/// <param name="Story">The story, with an analysis where there is one.</param>
/// <param name="Versions">The test on all versions; null: not known.</param>
/// <param name="Path">Path of the test's file.</param>
/// <param name="Schedule">The schedule, as <c>1 1 0 0</c>; empty: none.</param>
/// <param name="Program">A C program that shows it on a real kernel; empty: none is known.</param>
public sealed record MailInput(Story Story, MatrixTable? Versions, string Path, string Schedule, string Program);

/// <summary>
/// A finding as plain text to paste into a reply on a mailing list: at most 75 columns, nothing that a mail client would wrap. It says
/// what is a model's and what is a kernel's word.
/// </summary>
public static class MailText
{
    /// <summary>Columns at most.</summary>
    public const int Width = 75;

    private const int Indent = 4;

    /// <summary>The lines of the mail.</summary>
    /// <param name="input">What it is about.</param>
    public static IReadOnlyList<string> Lines(MailInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Story story = input.Story;
        var lines = new List<string>();
        lines.AddRange(Wrap.Lines(story.Headline, Width, 2));
        lines.Add("");
        lines.Add("The test, one column per thread:");
        lines.Add("");
        lines.AddRange(story.Program.SelectMany(l => Wrap.Lines(new string(' ', Indent) + l, Width, Indent + 2)));
        lines.Add("");
        lines.AddRange(Versions(input));
        lines.AddRange(Schedule(story));
        lines.AddRange(Reproduce(input));
        return [.. lines.Select(l => l.TrimEnd())];
    }

    private static IEnumerable<string> Schedule(Story story)
    {
        yield return "How it happens (time goes down, * changes, ! goes wrong):";
        yield return "";
        foreach (TonedLine line in new DigestRenderer(story, Width).Body())
        {
            yield return line.ToString();
        }

        yield return "";
    }

    private static IEnumerable<string> Versions(MailInput input)
    {
        if (input.Versions is not { } table)
        {
            yield break;
        }

        yield return "Kernels, by searching every interleaving on a model of each:";
        var rows = table.Rows.Select(row => (Name: ModelNames.Of(row.Filesystem), Lines: OfRow(row, input.Story).ToList()));
        foreach (var alike in rows.GroupBy(r => string.Join('\n', r.Lines)))
        {
            string filesystems = string.Join(" and ", alike.Select(r => r.Name));
            foreach (string line in alike.First().Lines.SelectMany(l => Wrap.Lines($"    {filesystems}, {l}", Width, Indent + 2)))
            {
                yield return line;
            }
        }

        yield return "";
    }

    private static IEnumerable<string> OfRow(MatrixRow row, Story story)
    {
        bool Shows(CheckResult result) => result.Findings.Any(f => f.Name == story.Finding);
        (string What, IEnumerable<MatrixCell> Cells)[] kinds =
        [
            ("bad", row.Cells.Where(c => c.Result is { } r && Shows(r))),
            ("good", row.Cells.Where(c => c.Result is { IsComplete: true } r && !Shows(r))),
            ("undecided", row.Cells.Where(c => c.Result is { IsComplete: false } r && !Shows(r))),
            ("cannot run it", row.Cells.Where(c => c.Result is null)),
        ];
        IEnumerable<string> versions = kinds.Where(k => k.Cells.Any()).Select(k => $"{k.What}: {VersionRanges.Print(k.Cells.Select(c => c.Kernel.Name))}");
        return versions.Concat(row.Edges.Where(e => e.Commits.Count > 0).Select(
            e => $"{MatrixWords.Title(e)}: {string.Join(e.Kind == CauseKind.Together ? " and " : " or ", e.Commits)}"));
    }

    private static IEnumerable<string> Reproduce(MailInput input)
    {
        Story story = input.Story;
        yield return "To see it again (faultline, from a checkout):";
        yield return "";
        string command = $"    faultline explain {input.Path} \\";
        foreach (string line in command.Length <= Width ? [command] : (string[])["    faultline explain \\", $"      {input.Path} \\"])
        {
            yield return line;
        }

        yield return $"      --kernel {story.Kernel} --fs {story.Filesystem} --violation '{story.Finding}'";
        yield return "";
        if (input.Schedule.Length > 0)
        {
            foreach (string line in Wrap.Lines($"The schedule (which thread moves): {input.Schedule}", Width, 2))
            {
                yield return line;
            }

            yield return "";
        }

        string real = input.Program.Length > 0
            ? $"On a real kernel: {input.Program} (cc -O2 -pthread) races it on a DAX mount."
            : $"On a real kernel: 'faultline repro {input.Path}' writes a C program that races the test on a DAX mount.";
        foreach (string line in Wrap.Lines(real, Width, 2))
        {
            yield return line;
        }

        const string Honest = "The above is a statement about a model of the kernel's code, with its locks and "
            + "orders, not about a run of a kernel; docs/kernel-model.md says what the model leaves out.";
        foreach (string line in Wrap.Lines($"{Honest} faultline {ToolVersion.Name}.", Width))
        {
            yield return line;
        }
    }
}
