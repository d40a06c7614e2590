using System.Reflection;
using Faultline.Explain.Matrix;
using Faultline.Explain.Stories;
using Faultline.Explain.Text;
using Faultline.Litmus.Analysis;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Matrix;

namespace Faultline.Explain.Html;

/// <summary>What a page tells.</summary>
/// <param name="Result">The check.</param>
/// <param name="Finding">The finding; null: there is none, and the page says what was searched.</param>
/// <param name="Versions">The test on all versions; null: it was run on this one only.</param>
/// <param name="IndexLink">Address of the index that the page belongs to; null: it stands alone.</param>
public sealed record WitnessPageInput(CheckResult Result, Finding? Finding, MatrixTable? Versions, string? IndexLink = null);

/// <summary>
/// A finding as one HTML file that needs nothing else: no network, no other file. Without a script it shows the whole schedule, and the
/// state where it goes wrong; the script steps through it.
/// </summary>
public static class WitnessPage
{
    /// <summary>Writes it.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="input">What it tells.</param>
    public static void Write(TextWriter writer, WitnessPageInput input)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(input);
        CheckResult result = input.Result;
        Story? story = input.Finding is { } finding ? StoryBuilder.Build(result, finding, whole: true, AnalysisLimits.Default) : null;
        IEnumerable<string> lines =
        [
            .. Markup.Head(Title(result, story), "palette.css", "matrix.css", "witness.css", "picture.css"),
            .. Header(input, story),
            "<main>",
            .. Intro(input),
            .. story is null ? Nothing(result) : StepperOf(story, input),
            .. story is null ? [] : DetailsHtml.Lines(story),
            .. About(input),
            "</main>",
            "</body>",
            "</html>",
        ];
        foreach (string line in lines)
        {
            writer.Write(line);
            writer.Write('\n');
        }
    }

    private static string Title(CheckResult result, Story? story) =>
        $"{result.Test.Name}: {story?.Finding ?? "nothing found"} on {result.Machine.Version.Name}, {ModelNames.Of(result.Machine.Filesystem)}";

    private static IEnumerable<string> Header(WitnessPageInput input, Story? story)
    {
        CheckResult result = input.Result;
        string index = input.IndexLink is { } link ? $"<a href=\"{Markup.Text(link)}\">all tests</a> / " : "";
        string schedule = story is null ? "" : story.Run is { } run ? $"{TextRenderer.Numbers(run)}; " : "no schedule is shown; ";
        string verdict = $"{schedule}condition: {result.Verdict.Observation} {result.Verdict.Positive} {result.Verdict.Negative}";
        yield return "<header>";
        yield return $"<p class=\"where\">{index}<b>{Markup.Text(result.Test.Name)}</b> on Linux <b>{Markup.Text(result.Machine.Version.Name)}</b>, "
            + $"<b>{ModelNames.Of(result.Machine.Filesystem)}</b></p>";
        yield return $"<h1>{Markup.Text(Sentence(result, story))}</h1>";
        yield return $"<p>{Badge(result, story)} {Markup.Text(verdict)}</p>";
        foreach (string warning in Summary.Incomplete(result))
        {
            yield return $"<p class=\"alarm\">{Markup.Text(warning.Trim('*', ' '))}</p>";
        }

        yield return "</header>";
    }

    private static string Badge(CheckResult result, Story? story)
    {
        (string kind, string text) = story is null
            ? result.IsComplete ? MatrixCell.StateOf(result) == CellState.Condition ? ("asked", "condition") : ("good", "proved") : ("alarm", "not a proof")
            : (story.Finding == "condition" ? "asked" : "bad", story.Finding);
        return $"<span class=\"badge {kind}\">{Markup.Text(text)}</span>";
    }

    // The headline without test, kernel and filesystem, which stand above it.
    private static string Sentence(CheckResult result, Story? story)
    {
        if (story is null)
        {
            return MatrixCell.StateOf(result) == CellState.Condition ? "The condition does not hold at every end"
                : result.IsComplete ? "No interleaving goes wrong"
                : "Nothing wrong was seen in the part that was searched";
        }

        string start = $"{story.Finding} in {story.Test} on {story.Kernel}, {story.Filesystem}: ";
        return story.Headline.StartsWith(start, StringComparison.Ordinal) ? story.Headline[start.Length..] : story.Headline;
    }

    private static IEnumerable<string> Intro(WitnessPageInput input)
    {
        yield return "<div class=\"intro\">";
        yield return "<section class=\"test\"><h2>The test</h2>";
        yield return $"<pre tabindex=\"0\">{Markup.Text(Litmus.Syntax.LitmusPrinter.Print(input.Result.Test).TrimEnd('\n'))}</pre></section>";
        if (input.Versions is { } table)
        {
            yield return "<section class=\"versions\"><h2>Versions</h2>";
            foreach (string line in MatrixHtml.Grid(table, null, input.Result.Machine.Version).Concat(MatrixHtml.Legend(table)))
            {
                yield return line;
            }

            foreach (var edges in table.Rows.Select(row => (row, Html: string.Concat(MatrixHtml.Edges(row)))).Where(e => e.Html.Length > 0).GroupBy(e => e.Html))
            {
                yield return $"<p>{MatrixWords.Filesystems(edges.Select(e => e.row))}:</p><ul class=\"edges\">{edges.Key}</ul>";
            }

            yield return "</section>";
        }

        yield return "</div>";
    }

    private static IEnumerable<string> Nothing(CheckResult result) =>
        ["<section><h2>What was searched</h2>", .. Summary.Statistics(result).Select(line => $"<p>{Markup.Text(line)}</p>"), "</section>"];

    private static IEnumerable<string> StepperOf(Story story, WitnessPageInput input) => input.Finding?.Witness is { Steps.Count: > 0 } witness
        ? StepperHtml.Lines(story, input.Result.Machine, witness, input.Finding.Violation)
        : ["<section><h2>The schedule</h2><p>No schedule is shown: none was asked for, or the search for the shortest met its bound.</p></section>"];

    private static IEnumerable<string> About(WitnessPageInput input)
    {
        CheckResult result = input.Result;
        string explain = $"faultline explain {Summary.Quoted(result.Test.Path)} --kernel {result.Machine.Version.Name} --fs {ModelNames.Of(result.Machine.Filesystem)}";
        yield return "<section class=\"about\"><h2>To see it again</h2>";
        yield return $"<pre tabindex=\"0\">{Markup.Text(input.Finding is { } told ? $"{explain} --violation {Summary.Quoted(told.Name)}" : explain.Replace(" explain ", " check "))}</pre>";
        List<Finding> others = [.. result.Findings.Where(f => f != input.Finding)];
        if (others.Count > 0)
        {
            yield return "<p>Also found, each with a schedule of its own:</p>";
            yield return $"<pre tabindex=\"0\">{string.Join('\n', others.Select(f => Markup.Text($"{explain} --violation {Summary.Quoted(f.Name)}")))}</pre>";
        }

        if (input.Finding is not null)
        {
            yield return $"<p class=\"dim\">{string.Join("<br>", Summary.Statistics(result).Select(Markup.Text))}</p>";
        }

        string version = Assembly.GetExecutingAssembly().GetName().Version!.ToString(3);
        yield return $"<p class=\"dim\">Made by Faultline {version} from a model of Linux, not by a kernel: docs/kernel-model.md says what is modelled.</p>";
        yield return "</section>";
    }
}
