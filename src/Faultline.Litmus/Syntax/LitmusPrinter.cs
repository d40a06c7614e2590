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
        return statement switch
        {
            LoadStatement load => $"r{load.Register} = {MapPlace(test, load.Source)}",
            StoreStatement store => $"{MapPlace(test, store.Target)} = {store.Value}",
            ReadStatement read => $"{Registers(read)} = read({FilePlace(test, read.Source)})",
            WriteStatement write => $"write({FilePlace(test, write.Target)}, {write.Value})",
            DontNeedStatement { Page: { } page } advice => $"madvise({test.Maps[advice.Map].Name}[{page}], DONTNEED)",
            DontNeedStatement advice => $"madvise({test.Maps[advice.Map].Name}, DONTNEED)",
            RepeatStatement { Variable: { } variable } loop => $"repeat {loop.Count} as {variable} {{",
            RepeatStatement loop => $"repeat {loop.Count} {{",
            _ => throw new ArgumentOutOfRangeException(nameof(statement)),
        };
    }

    /// <summary>Prints initial state and program.</summary>
    internal static string PrintBody(LitmusTest test)
    {
        StringBuilder text = new("{\n");
        foreach (FileDeclaration file in test.Files)
        {
            text.Append($"  file {file.Name} = [{string.Join(", ", file.Runs.Select(PrintRun))}];\n");
        }

        foreach (MapDeclaration map in test.Maps)
        {
            string sharing = map.IsShared ? "shared" : "private";
            text.Append($"  map {map.Name} = mmap({test.Files[map.File].Name}, {sharing}, {(map.IsWritable ? "rw" : "r")});\n");
        }

        text.Append("}\n");
        PrintColumns(test, text);
        return text.ToString();
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
            _ => $"block {string.Join(",", run.Page.Words)}",
        };
        return run.Count == 1 ? page : $"{page} * {run.Count}";
    }

    private static string MapPlace(LitmusTest test, Place place) => Element(test.Maps[place.Object].Name, place);

    private static string FilePlace(LitmusTest test, Place place) =>
        place.Word == 0 ? $"{test.Files[place.Object].Name}[{place.Page}].0" : Element(test.Files[place.Object].Name, place);

    private static string Element(string name, Place place) =>
        place.Word <= 0 ? $"{name}[{place.Page}]" : $"{name}[{place.Page}].{place.Word}";

    private static string Registers(ReadStatement read) =>
        string.Join(", ", Enumerable.Range(read.Register, read.RegisterCount).Select(r => $"r{r}"));
}
