using Faultline.Kernel.Programs;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Shrinking;

/// <summary>What becomes of the threads, files, mappings and pages of a test when one of them goes. -1: it is gone.</summary>
internal sealed class Renumbering
{
    private readonly LitmusTest test;
    private readonly int[] threads;
    private readonly int[] files;
    private readonly int[] maps;
    private readonly bool[] keptFiles;
    private readonly bool[] keptMaps;
    private int fileOfPage = -1;
    private int page;

    private Renumbering(LitmusTest test)
    {
        this.test = test;
        threads = [.. Enumerable.Range(0, test.Threads.Count)];
        files = [.. Enumerable.Range(0, test.Files.Count)];
        maps = [.. Enumerable.Range(0, test.Maps.Count)];
        keptFiles = [.. files.Select(_ => true)];
        keptMaps = [.. maps.Select(_ => true)];
    }

    /// <summary>The test without a thread.</summary>
    public static LitmusTest? WithoutThread(LitmusTest test, int thread)
    {
        var it = new Renumbering(test);
        Remove(it.threads, thread, -1);
        return it.Apply();
    }

    /// <summary>The test without a file and its mappings; what used them goes, too, or uses another file.</summary>
    public static LitmusTest? WithoutFile(LitmusTest test, int file, int instead = -1)
    {
        var it = new Renumbering(test);
        it.keptFiles[file] = false;
        Remove(it.files, file, instead);
        for (int map = test.Maps.Count - 1; map >= 0 && instead < 0; map--)
        {
            if (test.Maps[map].File == file)
            {
                it.keptMaps[map] = false;
                Remove(it.maps, map, -1);
            }
        }

        return it.Apply();
    }

    /// <summary>The test without a mapping; what used it goes, too, or uses another.</summary>
    public static LitmusTest? WithoutMap(LitmusTest test, int map, int instead = -1)
    {
        var it = new Renumbering(test);
        it.keptMaps[map] = false;
        Remove(it.maps, map, instead);
        return it.Apply();
    }

    /// <summary>The test without a page of a file: later ones move down, what used it uses the one that takes its number.</summary>
    public static LitmusTest? WithoutPage(LitmusTest test, int file, int page) =>
        new Renumbering(test) { fileOfPage = file, page = page }.Apply();

    public int Thread(int thread) => threads[thread];

    public int File(int file) => files[file];

    public int Map(int map) => maps[map];

    public string FileName(int file) => test.Files[Kept(keptFiles, files, file)].Name;

    public string MapName(int map) => test.Maps[Kept(keptMaps, maps, map)].Name;

    public int PageOfMap(int map, int number) => PageOfFile(test.Maps[map].File, number);

    public int PageOfFile(int file, int number) =>
        file != fileOfPage || number < page ? number
        : number > page ? number - 1
        : Math.Min(page, Math.Max(test.Files[file].PageCount - 2, 0));

    public PageIndex PageOfMap(int map, PageIndex index) => PageOfFile(test.Maps[map].File, index);

    public PageIndex PageOfFile(int file, PageIndex index) =>
        index.Variable is null ? index with { Number = PageOfFile(file, index.Number) } : index;

    public PageRange Pages(int file, PageRange range)
    {
        bool shrinks = file == fileOfPage && range.Count > 1 && range.First.Number <= page && page < range.First.Number + range.Count;
        return shrinks ? range with { Count = range.Count - 1 } : range with { First = PageOfFile(file, range.First) };
    }

    // Where the same number is kept under its own name.
    private static int Kept(bool[] kept, int[] numbers, int old) =>
        Enumerable.Range(0, numbers.Length).First(i => kept[i] && numbers[i] == numbers[old]);

    // What stands behind moves up; the removed one becomes another, or nothing.
    private static void Remove(int[] numbers, int gone, int instead)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] -= i > gone && numbers[i] >= 0 ? 1 : 0;
        }

        numbers[gone] = instead < 0 ? -1 : numbers[instead];
    }

    private LitmusTest? Apply()
    {
        var rewriter = new Rewriter(this);
        return rewriter.Condition(test.Condition) is { } condition && Locations(rewriter) is { } locations
            ? test with
            {
                Files = [.. test.Files.Where((_, f) => keptFiles[f]).Select((f, _) => File(f))],
                Maps = [.. test.Maps.Where((_, m) => keptMaps[m]).Select(Map)],
                Processes = [.. test.Processes.Select(Process).Where(p => p.Threads.Count > 0)],
                Threads = [.. test.Threads.Where((_, t) => threads[t] >= 0).Select(rewriter.Thread)],
                Locations = locations,
                Condition = condition,
            }
            : null;
    }

    private List<Conditions.Observable>? Locations(Rewriter rewriter)
    {
        var locations = test.Locations.Select(rewriter.Observable).ToList();
        return locations.Contains(null) ? null : [.. locations.Select(l => l!)];
    }

    private FileDeclaration File(FileDeclaration file)
    {
        if (fileOfPage < 0 || test.Files[fileOfPage] != file)
        {
            return file;
        }

        var pages = file.Runs.SelectMany(r => Enumerable.Repeat(r.Page, r.Count)).ToList();
        pages.RemoveAt(page);
        return file with { Runs = [.. Runs(pages)], PageCount = pages.Count };
    }

    private static IEnumerable<PageRun> Runs(List<FilePage> pages)
    {
        for (int first = 0, end; first < pages.Count; first = end)
        {
            FilePage page = pages[first];
            end = first + pages.Skip(first).TakeWhile(p => ReferenceEquals(p, page)).Count();
            yield return new PageRun(end - first, page);
        }
    }

    private MapDeclaration Map(MapDeclaration map)
    {
        PageRange part = Pages(map.File, new PageRange(new PageIndex(map.FirstPage, null), map.MappedPages));
        return map.MappedPages == 0
            ? map with { File = files[map.File] }
            : map with { File = files[map.File], FirstPage = part.First.Number, MappedPages = part.Count };
    }

    private ProcessDeclaration Process(ProcessDeclaration process) =>
        process with { Threads = [.. process.Threads.Select(t => threads[t]).Where(t => t >= 0)] };
}
