using Faultline.Engine.Witnesses;
using Faultline.Explain.Stories;
using Faultline.Explain.Text;

namespace Faultline.Explain.Html;

/// <summary>
/// The schedule as a grid: a row for each line of the story, a column for each CPU and, beside it, one for the locks that it holds.
/// Functions and locks are bars from the row where they start to the row where they end. More than two CPUs share one column of text,
/// since only one of them acts in a row, and their bars stand in narrow columns of their own.
/// </summary>
internal sealed class TimelineHtml
{
    private const int LockWidth = 11;
    private const int LockColours = 6;
    private const int NarrowIndent = 6;
    private const int LanesWithText = 2;

    private readonly Story story;
    private readonly Tape tape;
    private readonly IReadOnlyList<LockSpan> locks;
    private readonly List<string> lines = [];
    private readonly List<(int Row, TimelineCell Cell)> calls = [];
    private readonly List<int> rowIndents = [0];
    private readonly List<LockColumns> lockColumns;
    private readonly List<string> lockClasses;
    private readonly int[] indents;
    private readonly int[] firstRow;
    private readonly int[] lastRow;
    private readonly bool isNarrow;
    private int row;

    private TimelineHtml(Story story, Tape tape, IReadOnlyList<LockSpan> locks)
    {
        this.story = story;
        this.tape = tape;
        this.locks = locks;
        isNarrow = story.Threads.Count > LanesWithText;
        lockColumns = [.. story.Threads.Select((_, t) => new LockColumns(locks.Where(l => l.Thread == t), tape.Names))];
        lockClasses = [.. locks.OrderBy(l => l.Word).Select(l => tape.Names.ClassOf(l.Word)).Distinct()];
        indents = new int[story.Threads.Count];
        firstRow = new int[tape.Steps.Count + 1];
        lastRow = new int[tape.Steps.Count + 1];
    }

    /// <summary>The lines of HTML.</summary>
    /// <param name="story">The story, every step told.</param>
    /// <param name="tape">The witness.</param>
    /// <param name="locks">Who holds which lock.</param>
    public static IEnumerable<string> Lines(Story story, Tape tape, IReadOnlyList<LockSpan> locks) => new TimelineHtml(story, tape, locks).Write();

    private List<string> Write()
    {
        string columns = isNarrow
            ? "4.4em minmax(15em, 1fr) " + string.Join(' ', lockColumns.Select((c, t) => $"{DepthWidth(t) + (c.All.Count * LockWidth) + 6}px"))
            : "2.6em " + string.Join(' ', lockColumns.Select(c => $"minmax(var(--lane), 1fr) {(c.All.Count * LockWidth) + 6}px"));
        lines.Add($"<div class=\"timeline{(isNarrow ? " narrow" : "")}\" style=\"--columns: {columns}\">");
        lines.Add("<div class=\"lanes\">");
        for (int thread = 0; thread < story.Threads.Count; thread++)
        {
            WriteHeading(thread);
        }

        lines.Add("</div>");
        lines.Add("<ol class=\"steps\" role=\"list\">");
        WriteRows();
        WriteCallBars();
        WriteLockBars();
        lines.Add("</ol>");
        lines.Add("<div class=\"cursor\" aria-hidden=\"true\"></div>");
        lines.Add("</div>");
        return lines;
    }

    private void WriteHeading(int thread)
    {
        string labels = string.Concat(lockColumns[thread].All.Select((column, i) =>
            $"<span class=\"{Colour(column.Class)}\" style=\"left:{DepthWidth(thread) + (i * LockWidth)}px\">{Markup.Text(column.Name)}</span>"));
        lines.Add($"<div class=\"lane\" style=\"grid-area:1/{BarColumn(thread)}\">{Markup.Text(story.Threads[thread])}</div>");
        lines.Add($"<div class=\"locknames\" aria-hidden=\"true\" style=\"grid-area:1/{LockColumn(thread)}\">{labels}</div>");
    }

    private void WriteRows()
    {
        ILookup<int, TimelineCell> cells = story.Run!.Timeline.OfType<TimelineCell>().ToLookup(c => c.Step);
        ILookup<int, TimelineSwitch> switches = story.Run.Timeline.OfType<TimelineSwitch>().ToLookup(s => s.Step);
        foreach (WitnessStep step in tape.Steps)
        {
            foreach (TimelineSwitch change in switches[step.Number])
            {
                WriteWide("switch", $"<span>{Markup.Text(TextRenderer.SwitchText(story, change))}</span>");
            }

            if (story.Analysis?.Good is { } good && step.Number == good.Same + 1)
            {
                WriteWide("parts", $"<span>A <a href=\"#{GoodHtml.Anchor}\">good schedule</a> parts here: {Markup.Text(good.Turn)}</span>");
            }

            WriteStep(step, [.. cells[step.Number]]);
            if (step.Number == story.Analysis?.NoReturn.Step && step.Number < tape.Steps.Count)
            {
                WriteWide("turn", $"<span>After step {step.Number} no schedule avoids {Markup.Text(story.Finding == "condition" ? "that outcome" : story.Finding)}</span>");
            }
        }

        foreach (TimelineEnd end in story.Run.Timeline.OfType<TimelineEnd>())
        {
            WriteWide("end", $"<b>!</b> {Markup.Text(end.Text)}");
        }
    }

    private void WriteWide(string kind, string html)
    {
        row++;
        rowIndents.Add(0);
        lines.Add($"<li class=\"{kind}\" style=\"grid-row:{row}\">{html}</li>");
    }

    private void WriteStep(WitnessStep step, IReadOnlyList<TimelineCell> cells)
    {
        int thread = step.Move.Thread, number = step.Number;
        firstRow[number] = row + 1;
        lines.Add($"<li class=\"step\" data-step=\"{number}\" data-lane=\"{thread}\">");
        string label = Markup.Text($"Step {number}, {story.Threads[thread]}");
        lines.Add($"<a class=\"number\" id=\"step-{number}\" href=\"#step-{number}\" aria-label=\"{label}\" style=\"grid-row:{row + 1}\">{number}{(isNarrow ? $" {Markup.Text(story.Threads[thread])}" : "")}</a>");
        if (cells.Count == 0)
        {
            WriteLine(thread, indents[thread], "faint", Markup.Text(StepText.Of(step.Kind, step.Word, tape.Names)));
        }

        foreach (TimelineCell cell in cells)
        {
            WriteLine(thread, cell.Indent, cell.Kind.ToString().ToLowerInvariant(), Mark(cell.Kind) + Breakable(cell.Text) + Seen(cell));
            indents[thread] = cell.Indent;
            if (cell.Kind == CellKind.Call)
            {
                calls.Add((row, cell));
            }
        }

        lastRow[number] = row;
        lines.Add("</li>");
    }

    // Long function names break at their underscores.
    private static string Breakable(string text) =>
        string.Join(' ', Markup.Text(text).Split(' ').Select(w => w.Length > 16 ? w.Replace("_", "_<wbr>", StringComparison.Ordinal) : w));

    private static string Seen(TimelineCell cell) =>
        cell.Later is { } later ? $", <span class=\"seen\">seen by <a href=\"#step-{later.Step}\" tabindex=\"-1\">step {later.Step}</a></span>" : "";

    private static string Mark(CellKind kind) => kind switch
    {
        CellKind.Change => "<span class=\"hidden\">changes </span>",
        CellKind.Violation => "<b>!</b> ",
        _ => "",
    };

    private void WriteLine(int thread, int indent, string kind, string html)
    {
        row++;
        rowIndents.Add(indent);
        lines.Add($"<div class=\"line {kind}\" style=\"grid-area:{row}/{TextColumn(thread)};--in:{indent}\">{html}</div>");
    }

    private void WriteCallBars()
    {
        foreach ((int at, TimelineCell call) in calls)
        {
            int last = call.Until == 0 ? row : LastRowWithin(call, at);
            AddBar("call", BarColumn(call.Thread), at, last, $"--in:{call.Indent}", call.Step, call.Until, call.Text);
        }
    }

    // In the step in which it returns, lines of its caller may follow.
    private int LastRowWithin(TimelineCell call, int at)
    {
        int last = Math.Max(at, firstRow[call.Until] - 1);
        while (last < lastRow[call.Until] && rowIndents[last + 1] > call.Indent)
        {
            last++;
        }

        return last;
    }

    private void WriteLockBars()
    {
        foreach (LockSpan held in locks)
        {
            int from = held.From == 0 ? FirstStepOf(held.Thread) : held.From, until = held.To == int.MaxValue ? 0 : held.To;
            if (from > 0)
            {
                int column = lockColumns[held.Thread].ColumnOf(held);
                AddBar(
                    $"lock {Colour(tape.Names.ClassOf(held.Word))}{(held.Shared ? " shared" : "")}", LockColumn(held.Thread), firstRow[from],
                    until == 0 ? row : lastRow[until], $"left:{DepthWidth(held.Thread) + (column * LockWidth)}px", from, until, tape.Names[held.Word] + (held.Shared ? "(r)" : ""));
            }
        }
    }

    private void AddBar(string kind, int column, int first, int last, string style, int from, int until, string title)
    {
        string steps = until == 0 ? $"from step {from} on" : from == until ? $"step {from}" : $"steps {from} to {until}";
        lines.Add($"<li class=\"bar {kind}\" aria-hidden=\"true\" data-from=\"{from}\" data-to=\"{(until == 0 ? tape.Steps.Count : until)}\" "
            + $"style=\"grid-area:{first}/{column}/{Math.Max(first, last) + 1};{style}\" title=\"{Markup.Text($"{title}: {steps}")}\"></li>");
    }

    private int FirstStepOf(int thread) => tape.Steps.FirstOrDefault(s => s.Move.Thread == thread)?.Number ?? 0;

    // A class has the same colour in all lanes.
    private string Colour(string lockClass) => $"k{lockClasses.IndexOf(lockClass) % LockColours}";

    private int TextColumn(int thread) => isNarrow ? 2 : BarColumn(thread);

    private int BarColumn(int thread) => isNarrow ? 3 + thread : 2 + (2 * thread);

    private int LockColumn(int thread) => isNarrow ? BarColumn(thread) : 3 + (2 * thread);

    // What the bars of functions need in a narrow lane; in a wide one the text stands among them.
    private int DepthWidth(int thread) => !isNarrow
        ? 0
        : 10 + (NarrowIndent * story.Run!.Timeline.OfType<TimelineCell>().Where(c => c.Thread == thread && c.Kind == CellKind.Call)
            .Select(c => c.Indent).Append(0).Max());
}
