using System.Text;
using Faultline.Kernel.Programs;

namespace Faultline.Litmus.Syntax;

/// <summary>Prints a test in the one layout that has no choices: parsing it again gives the same test.</summary>
public static class LitmusPrinter
{
    /// <summary>Prints a whole test.</summary>
    /// <param name="test">The test.</param>
    public static string Print(LitmusTest test)
    {
        ArgumentNullException.ThrowIfNull(test);
        StringBuilder text = new($"DAX {test.Name}\n");
        if (test.Title.Length > 0)
        {
            text.Append($"\"{test.Title}\"\n");
        }

        foreach (InfoLine info in test.Info)
        {
            text.Append($"{info.Key}={info.Value}\n");
        }

        text.Append(PrintBody(test));
        if (test.Locations.Count > 0)
        {
            text.Append($"locations [{string.Join("; ", test.Locations)}]\n");
        }

        return text.Append($"{test.Condition.Print()}\n").ToString();
    }

    /// <summary>Prints one statement of a test as it stands in a cell; a loop as its opening line.</summary>
    /// <param name="test">The test.</param>
    /// <param name="statement">The statement.</param>
    public static string Print(LitmusTest test, Statement statement)
    {
        ArgumentNullException.ThrowIfNull(test);
        return StatementText.Of(test, statement);
    }

    /// <summary>Prints initial state and program.</summary>
    internal static string PrintBody(LitmusTest test)
    {
        StringBuilder text = new("{\n");
        if (test.IsMountedReadOnly)
        {
            text.Append("  mount ro;\n");
        }

        foreach (FileDeclaration file in test.Files)
        {
            text.Append($"  file {file.Name} = [{string.Join(", ", file.Runs.Select(PrintRun))}];\n");
        }

        foreach (ProcessDeclaration process in test.Processes)
        {
            text.Append($"  process {process.Name} = {string.Join(", ", process.Threads.Select(t => $"P{t}"))};\n");
        }

        foreach (MapDeclaration map in test.Maps)
        {
            string place = map.Process == Vocabulary.Main ? "" : $" in {map.Process}";
            text.Append($"  map {map.Name} = mmap({test.Files[map.File].Name}{Part(map)}, {string.Join(", ", Options(map))}){place};\n");
        }

        text.Append("}\n");
        PrintColumns(test, text);
        return text.ToString();
    }

    private static string Part(MapDeclaration map) => map.MappedPages switch
    {
        0 => "",
        1 => $"[{map.FirstPage}]",
        _ => $"[{map.FirstPage}..{map.FirstPage + map.MappedPages - 1}]",
    };

    private static IEnumerable<string> Options(MapDeclaration map)
    {
        yield return map.IsShared ? "shared" : "private";
        yield return map.IsWritable ? "rw" : "r";
        if (map.IsSync)
        {
            yield return "sync";
        }

        if (map.Alignment != Alignment.BasePages)
        {
            yield return map.Alignment == Alignment.Huge ? "huge" : "misaligned";
        }
    }

    private static void PrintColumns(LitmusTest test, StringBuilder text)
    {
        List<List<string>> columns = [];
        foreach (ThreadDeclaration thread in test.Threads)
        {
            List<string> column = [thread.Name];
            PrintCells(test, thread.Body, column);
            columns.Add(column);
        }

        int[] widths = [.. columns.Select(c => c.Max(cell => cell.Length))];
        for (int row = 0; row < columns.Max(c => c.Count); row++)
        {
            IEnumerable<string> cells = columns.Select((c, i) => (row < c.Count ? c[row] : "").PadRight(widths[i]));
            text.Append($" {string.Join(" | ", cells)} ;\n");
        }
    }

    private static void PrintCells(LitmusTest test, IEnumerable<Statement> statements, List<string> cells)
    {
        foreach (Statement statement in statements)
        {
            cells.Add(Print(test, statement));
            if (statement is RepeatStatement loop)
            {
                PrintCells(test, loop.Body, cells);
                cells.Add("}");
            }
        }
    }

    private static string PrintRun(PageRun run)
    {
        string page = run.Page.Backing switch
        {
            PageBacking.Hole => "hole",
            PageBacking.Unwritten => "unwritten",
            PageBacking.Beyond => "beyond",
            _ => $"block {string.Join(",", run.Page.Words)}",
        };
        return run.Count == 1 ? page : $"{page} * {run.Count}";
    }
}
