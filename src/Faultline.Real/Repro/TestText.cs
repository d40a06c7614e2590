using System.Text;
using Faultline.Kernel.Programs;
using Faultline.Litmus.Conditions;
using Faultline.Litmus.Syntax;
using Faultline.Real.Histograms;

namespace Faultline.Real.Repro;

/// <summary>What is a test's own in its C program: files, mappings, threads, and what is looked at.</summary>
internal sealed class TestText(LitmusTest test, Geometry geometry, Operations operations, SeenNames names)
{
    private const int CommentColumn = 64;

    private readonly Races races = new(test);

    /// <summary>Threads that another one forks.</summary>
    public IReadOnlySet<int> Forked { get; } = test.Statements.OfType<ForkStatement>().Select(f => f.Thread).ToHashSet();

    private IEnumerable<string> Processes => test.Processes.Select(p => p.Name).Prepend("main");

    private bool Syncs => test.Maps.Any(m => m.IsSync) || test.Statements.Any(s => s is FsyncStatement or MsyncStatement);

    /// <summary>
    /// How many copies of the files a round races on, one after the other: waking threads costs more than a race. Only one where a copy would
    /// be seen by another, or processes come and go.
    /// </summary>
    public int Copies =>
        Forked.Count > 0 || test.Processes.Count > 0 || test.Statements.Any(s => s is DropCachesStatement or HwPoisonStatement) ? 1
        : test.HugePagePages == LitmusTest.RealHugePage ? 1
        : geometry.IsSpread ? 8 : 64;

    /// <summary>The macro that says where a page starts.</summary>
    public string PageStart() => geometry.IsSpread
        ? """
          // A huge page of the test has 4 pages, a real one 512: pages 0 and 1 are its first two, page 2 stands for all between, page 3 is the last.
          #define PAGE_START(page) (((page) / 4 * 512L + ((page) % 4 == 3 ? 511 : (page) % 4)) * PAGE)
          """
        : "#define PAGE_START(page) ((page) * PAGE)";

    /// <summary>Which thread is what.</summary>
    public string Threads()
    {
        var text = new StringBuilder();
        string[] all = [.. test.Threads.Select((_, i) => $"P{i}")];
        text.Append(string.Concat(all.Select(p => $"static void {p}(int i);\n"))).Append('\n');
        text.Append($"static void (*const body[THREADS])(int) = {{ {string.Join(", ", all)} }};\n");
        text.Append($"static const bool starts[THREADS] = {{ {string.Join(", ", all.Select((_, i) => Forked.Contains(i) ? "false" : "true"))} }};");
        text.Append(Forked.Count > 0 ? " // the others are forked\n" : "\n");
        text.Append($"static const int process_of[THREADS] = {{ {string.Join(", ", all.Select((_, i) => ProcessOf(i)))} }};\n");
        return text.ToString();
    }

    /// <summary>Files and mappings.</summary>
    public string Declarations()
    {
        var text = new StringBuilder($"static int {string.Join(", ", test.Files.Select(f => $"file_{f.Name}[COPIES]"))};\n");
        foreach (MapDeclaration map in test.Maps)
        {
            string how = (map.IsShared ? "shared" : "private") + (map.IsWritable ? ", rw" : ", r") + (map.IsSync ? ", sync" : "");
            string where = map.Alignment switch
            {
                Alignment.Huge => "huge pages fit",
                Alignment.Misaligned => "address and offset differ by a page: no huge page fits though a whole one is mapped",
                _ => "address and offset differ by a page, so that no huge page fits",
            };
            text.Append(Comment($"static char *map_{map.Name}[COPIES];", $"{test.Files[map.File].Name}, {how}; {where}")).Append('\n');
        }

        return text.Append('\n').ToString();
    }

    /// <summary>The function that brings the files into their initial state.</summary>
    public string LayOut()
    {
        var text = new StringBuilder("static void empty(int i)\n{\n");
        foreach (FileDeclaration file in test.Files)
        {
            text.Append($"    resize(file_{file.Name}[i], 0);\n");
        }

        text.Append("}\n\n// The initial state of the i-th copy, from nothing.\nstatic void lay_out(int i)\n{\n");
        if (test.Files.All(f => f.Runs.All(r => r.Page.Backing == PageBacking.Beyond)) && !Syncs)
        {
            text.Append("    (void)i;\n");
        }

        foreach (FileDeclaration file in test.Files)
        {
            LayOut(text, file);
        }

        if (Syncs)
        {
            foreach (FileDeclaration file in test.Files)
            {
                text.Append($"    if (fsync(file_{file.Name}[i]) != 0)\n        cannot(\"fsync\", errno);\n");
            }
        }

        return text.Append("}\n\n").ToString();
    }

    private void LayOut(StringBuilder text, FileDeclaration file)
    {
        string name = $"file_{file.Name}[i]";
        int size = file.Runs.Where(r => r.Page.Backing != PageBacking.Beyond).Sum(r => r.Count);
        if (size > 0)
        {
            text.Append($"    resize({name}, {Geometry.Bytes(geometry.Start(size))});\n");
        }

        foreach ((int first, int count) in Allocated(file))
        {
            text.Append($"    allocate({name}, {geometry.Offset(new PageIndex(first, null), 0)}, {Geometry.Bytes(geometry.Length(first, count))});\n");
        }

        int page = 0;
        foreach (PageRun run in file.Runs)
        {
            if (run.Page.Backing == PageBacking.Block)
            {
                int first = run.Page.Words.Count > 0 ? run.Page.Words[0] : 0, second = run.Page.Words.Count > 1 ? run.Page.Words[1] : first;
                text.Append($"    fill({name}, {geometry.Offset(new PageIndex(page, null), 0)}, {Geometry.Bytes(geometry.Length(page, run.Count))}, {first}, {second});\n");
            }

            page += run.Count;
        }
    }

    // Ranges that need fallocate(2): unwritten pages, and where huge pages count, blocks, so that they lie together.
    private IEnumerable<(int First, int Count)> Allocated(FileDeclaration file)
    {
        int page = 0, first = -1;
        foreach (PageRun run in file.Runs.Append(new PageRun(0, new FilePage(PageBacking.Beyond, []))))
        {
            bool wanted = run.Page.Backing == PageBacking.Unwritten || (geometry.IsSpread && run.Page.Backing == PageBacking.Block);
            if (wanted && first < 0)
            {
                first = page;
            }
            else if (!wanted && first >= 0)
            {
                yield return (first, page - first);
                first = -1;
            }

            page += run.Count;
        }
    }

    /// <summary>For each process, the functions that make and remove its mappings.</summary>
    public string MapFunctions()
    {
        var text = new StringBuilder();
        foreach (string process in Processes)
        {
            List<int> maps = MapsOf(process);
            text.Append($"static void map_{process}(int i)\n{{\n{(maps.Count == 0 ? "    (void)i;\n" : "")}");
            foreach (int map in maps)
            {
                MapDeclaration it = test.Maps[map];
                string protection = it.IsWritable ? "PROT_READ | PROT_WRITE" : "PROT_READ";
                string flags = it.IsSync ? "MAP_SHARED_VALIDATE | MAP_SYNC" : it.IsShared ? "MAP_SHARED" : "MAP_PRIVATE";
                string offset = geometry.Offset(new PageIndex(operations.Pages(map).First, null), 0);
                text.Append($"    map({operations.Whole(map)}, {protection}, {flags}, file_{test.Files[it.File].Name}[i], {offset});\n");
            }

            text.Append($"}}\n\nstatic void unmap_{process}(int i)\n{{\n{(maps.Count == 0 ? "    (void)i;\n" : "")}");
            maps.ForEach(map => text.Append($"    unmap({operations.Whole(map)});\n"));
            text.Append("}\n\n");
        }

        return text.ToString();
    }

    /// <summary>How main() makes the files.</summary>
    public IEnumerable<string> CreateFiles() =>
        test.Files.Select(f => $"for (int i = 0; i < COPIES; i++)\n        file_{f.Name}[i] = create(argv[1]);");

    /// <summary>What main() sets up besides: the source of read_direct, room for mappings.</summary>
    public IEnumerable<string> SetUp(bool direct)
    {
        if (direct)
        {
            yield return "make_source(argc > 3 ? argv[3] : argv[1]);";
        }

        if (test.Statements.Any(s => s is DropCachesStatement))
        {
            yield return "caches = open(\"/proc/sys/vm/drop_caches\", O_WRONLY);";
            yield return "if (caches < 0)\n        cannot(\"/proc/sys/vm/drop_caches\", errno);";
        }

        foreach (MapDeclaration map in test.Maps)
        {
            string length = Geometry.Bytes(geometry.Start(test.Files[map.File].PageCount));
            yield return $"for (int i = 0; i < COPIES; i++)\n        map_{map.Name}[i] = room({length}, {(map.Alignment == Alignment.Huge ? "0" : "PAGE")});";
        }
    }

    /// <summary>The threads.</summary>
    public string Bodies()
    {
        var text = new StringBuilder();
        foreach ((int index, ThreadDeclaration thread) in test.Threads.Index())
        {
            var body = new StringBuilder();
            Body(body, index, thread.Body, "    ");
            bool usesCopy = body.ToString().Contains("[i]", StringComparison.Ordinal) || thread.Registers.Any(r => IsSeen(index, thread, r));
            text.Append($"static void P{index}(int i)\n{{\n{(usesCopy ? "" : "    (void)i;\n")}");
            if (thread.Registers.Count > 0)
            {
                text.Append($"    uint64_t {string.Join(", ", thread.Registers.Select(r => $"r{r} = 0"))};\n\n");
            }

            text.Append(body);
            foreach (int number in thread.Registers.Where(r => IsSeen(index, thread, r)))
            {
                text.Append($"    shared->seen[i][{names.Of(Register(index, thread, number))}] = (int64_t)r{number};\n");
            }

            text.Append("}\n\n");
        }

        return text.ToString();
    }

    private bool IsSeen(int index, ThreadDeclaration thread, int number) => names.Has(Register(index, thread, number));

    private static RegisterValue Register(int index, ThreadDeclaration thread, int number) =>
        new(index, number, thread.Registers.Index().First(r => r.Item == number).Index);

    private void Body(StringBuilder text, int thread, IReadOnlyList<Statement> body, string indent)
    {
        foreach (Statement statement in body)
        {
            if (statement is RepeatStatement loop)
            {
                string variable = $"page_{loop.Variable ?? $"at_line_{loop.Position.Line}"}";
                text.Append($"{indent}for (int {variable} = 0; {variable} < {loop.Count}; {variable}++) {{\n");
                Body(text, thread, loop.Body, indent + "    ");
                text.Append($"{indent}}}\n");
                continue;
            }

            string litmus = LitmusPrinter.Print(test, statement), race = races.Of(thread, statement);
            if (operations.Code(statement) is not { } code)
            {
                text.Append($"{indent}// {litmus}: left out, see above\n");
                continue;
            }

            if (race.Length > 0)
            {
                text.AppendJoin('\n', CText.Wrapped(race, indent + "// ")).Append('\n');
            }

            text.Append($"{indent}delay();\n").Append(Comment(indent + code, litmus)).Append('\n');
        }
    }

    /// <summary>For each process, the function that looks at what is left.</summary>
    public string LookFunctions()
    {
        var text = new StringBuilder();
        foreach (string process in Processes)
        {
            var looks = new StringBuilder();
            HashSet<int> maps = [.. MapsOf(process)];
            foreach (Observable observable in names.Values)
            {
                string? look = observable switch
                {
                    MapWord word when maps.Contains(word.Map) => $"peek({geometry.Address(word.MapName, new PageIndex(word.Page, null), word.Word)})",
                    FileWord word when process == "main" => $"peek_file(file_{word.FileName}[i], {geometry.Offset(new PageIndex(word.Page, null), word.Word)})",
                    FileSize size when process == "main" => $"peek_size(file_{size.FileName}[i], {test.Files[size.File].PageCount})",
                    _ => null,
                };
                looks.Append(look is null ? "" : $"    shared->seen[i][{names.Of(observable)}] = {look};\n");
            }

            text.Append($"static void look_{process}(int i)\n{{\n{(looks.Length == 0 ? "    (void)i;\n" : looks)}}}\n\n");
        }

        return text.ToString();
    }

    /// <summary>The functions that evaluate the condition.</summary>
    public string Condition(ObservedSet observed)
    {
        var condition = new ConditionText(observed, o => $"state->seen[{names.Of(o)}]");
        string certain = condition.Expression(certain: true, hang: false), perhaps = condition.Expression(certain: false, hang: false);
        string Function(string name, bool isCertain, string expression) =>
            $"static bool {name}(const struct state *state)\n{{\n    if (state->hang)\n        return {condition.Expression(isCertain, hang: true)};\n"
            + $"    return {expression};\n}}\n\n";
        string why = certain == perhaps ? "" : " as far as it can be seen";
        return Fragments.Get("state") + "\n"
            + $"// {CText.Comment(test.Condition.Print())}{why}; of a round that hangs, only that is known.\n"
            + Function("holds_for_certain", true, certain)
            + Function("may_hold", false, certain == perhaps ? "holds_for_certain(state)" : perhaps);
    }

    private List<int> MapsOf(string process) => [.. Enumerable.Range(0, test.Maps.Count).Where(m => test.Maps[m].Process == process)];

    private int ProcessOf(int thread)
    {
        for (int process = 0; process < test.Processes.Count; process++)
        {
            if (test.Processes[process].Threads.Contains(thread))
            {
                return process + 1;
            }
        }

        return 0;
    }

    private static string Comment(string code, string comment)
    {
        string text = CText.Comment(comment);
        return $"{code.PadRight(CommentColumn)} // {text}";
    }
}
