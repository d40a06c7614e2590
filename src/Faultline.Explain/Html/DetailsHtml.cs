using Faultline.Explain.Stories;
using Faultline.Explain.Text;

namespace Faultline.Explain.Html;

/// <summary>What stands below the schedule: call stacks, who waits for whom, outcomes, the word it is about, the state at both ends.</summary>
internal static class DetailsHtml
{
    /// <summary>The lines of HTML.</summary>
    public static IEnumerable<string> Lines(Story story)
    {
        IEnumerable<string> cycle = story.Cycle is { } circle
            ? ["<section><h2>Lock order</h2>", $"<pre tabindex=\"0\">{Markup.Text(string.Join('\n', CycleText.Lines(circle, 100)))}</pre>", "</section>"]
            : [];
        return story.Run is not { } run ? cycle : [.. cycle, .. Stacks(run), .. Analysis(story), .. GoodHtml.Lines(story), .. Waits(run), .. Outcome(run), .. History(run), .. State(run)];
    }

    private static IEnumerable<string> Stacks(StoryRun run)
    {
        List<StackTrace> stacks = [.. run.Stacks.Concat(run.Standing.Where(s => s.Functions.Count > 0))];
        return stacks.Count == 0
            ? []
            : ["<section><h2>Call stacks where it goes wrong</h2>", "<div class=\"stacks\">", .. stacks.Select(Stack), "</div>", "</section>"];
    }

    private static string Stack(StackTrace stack)
    {
        string step = $"<a href=\"#step-{stack.Step}\">step {stack.Step}</a>";
        string title = Markup.Text(stack.Title).Replace($"step {stack.Step}", step, StringComparison.Ordinal);
        string user = stack.Instruction.Length == 0 ? "" : $"<li class=\"user\">user: {Markup.Text(stack.Instruction)}</li>";
        string held = stack.Held.Count == 0 ? "" : $"<p class=\"dim\">holds {Markup.Text(string.Join(", ", stack.Held))}</p>";
        return $"<div><h3>{title}</h3><p>{Markup.Text(stack.Remark)}</p><ol class=\"stack\" role=\"list\">"
            + $"{string.Concat(stack.Functions.Select((f, i) => $"<li>{Markup.Text(f)}{FileOf(stack, i)}</li>"))}{user}</ol>{held}</div>";
    }

    private static string FileOf(StackTrace stack, int function) =>
        stack.Files is { } files && files[function].Length > 0 ? $" <span class=\"dim\">{Markup.Text(files[function])}</span>" : "";

    private static IEnumerable<string> Analysis(Story story)
    {
        if (story.Analysis is not { } analysis)
        {
            return [];
        }

        string turn = Markup.Text(analysis.NoReturn.Text), link = $"step {analysis.NoReturn.Step}";
        turn = analysis.NoReturn.Step is > 0 ? turn.Replace(link, $"<a href=\"#step-{analysis.NoReturn.Step}\">{link}</a>", StringComparison.Ordinal) : turn;
        return
        [
            "<section><h2>What would have prevented it</h2>", "<ul>",
            $"<li>Point of no return: {turn}</li>",
            $"<li>{Markup.Text($"{char.ToUpperInvariant(analysis.Sections.Prevented[0])}{analysis.Sections.Prevented[1..]}")}</li>",
            "</ul>", "</section>",
        ];
    }

    private static IEnumerable<string> Waits(StoryRun run) => run.Waits.Count == 0
        ? []
        : ["<section><h2>Who waits for what</h2>", "<ul>", .. run.Waits.Select(w => $"<li>{Markup.Text(w)}</li>"), "</ul>", "</section>"];

    private static IEnumerable<string> Outcome(StoryRun run)
    {
        if (run.Outcome is { } outcome)
        {
            string allowed = outcome.Allowed == 1 ? "one outcome" : $"{outcome.Allowed} outcomes";
            IEnumerable<string> lines = outcome.Impossible.Concat(outcome.Nearest.Select(n => $"nearest: the same with {string.Join(", ", n.Differences)}"));
            return
            [
                "<section><h2>The outcome</h2>",
                $"<p>This run ends with <code>{Markup.Text(Values(outcome.Values))}</code>. The atomic reference (each load, store and system "
                    + $"call at once) has {allowed}:</p>",
                "<ul>", .. lines.Select(l => $"<li>{Markup.Text(l)}</li>"), "</ul>", "</section>",
            ];
        }

        return run.End.Count == 0 ? [] : ["<section><h2>The outcome</h2>", $"<p>The run ends with <code>{Markup.Text(Values(run.End))}</code></p>", "</section>"];
    }

    private static string Values(IEnumerable<NamedValue> values) => string.Join(' ', values.Where(v => !v.IsAbsentSignal).Select(v => $"{v};"));

    private static IEnumerable<string> History(StoryRun run) => run.History is not { Changes.Count: > 0 } history
        ? []
        :
        [
            $"<section><h2>Changes of {Markup.Text(history.Word)}</h2>", "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Changes\"><table>",
            "<thead><tr><th scope=\"col\">step</th><th scope=\"col\">CPU</th><th scope=\"col\">function</th><th scope=\"col\">before</th><th scope=\"col\">after</th></tr></thead><tbody>",
            .. history.Changes.Select(c => $"<tr><td><a href=\"#step-{c.Step}\">{c.Step}</a></td><td>P{c.Thread}</td><td>{Markup.Text(c.Function)}</td>"
                + $"<td>{Markup.Text(c.Before)}</td><td>{Markup.Text(c.After)}</td></tr>"),
            "</tbody></table></div>", "</section>",
        ];

    private static IEnumerable<string> State(StoryRun run) => run.State.Count == 0
        ? []
        :
        [
            "<section><h2>State at both ends</h2>", "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"State at both ends\"><table>",
            $"<thead><tr><th scope=\"col\">state</th><th scope=\"col\">at first</th><th scope=\"col\">{run.StateTitle}</th></tr></thead><tbody>",
            .. run.State.Select(r => $"<tr{(r.IsChanged ? " class=\"changed\"" : "")}><th scope=\"row\">{Markup.Text(r.Name)}</th><td>{Markup.Text(r.Before)}</td>"
                + $"<td>{(r.IsChanged ? "<span class=\"hidden\">changed: </span>" : "")}{Markup.Text(r.After)}</td></tr>"),
            "</tbody></table></div>", "</section>",
        ];
}
