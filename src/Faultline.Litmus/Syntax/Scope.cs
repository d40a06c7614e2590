namespace Faultline.Litmus.Syntax;

/// <summary>What the initial state declares: files, mappings, processes, how the filesystem is mounted; and how many threads there are.</summary>
internal sealed class Scope
{
    private readonly Dictionary<string, Symbol> symbols = [];
    private readonly HashSet<string> failed = [];

    public List<FileDeclaration> Files { get; } = [];

    public List<MapDeclaration> Maps { get; } = [];

    public List<ProcessDeclaration> Processes { get; } = [];

    /// <summary>Where <c>mount ro</c> stands, or null.</summary>
    public SourcePosition? MountedReadOnly { get; set; }

    public int ThreadCount { get; set; }

    /// <summary>A declaration was not understood: what seems to be missing may stand there.</summary>
    public bool HasErrors => failed.Count > 0;

    public IReadOnlyCollection<string> FileNames => [.. Files.Select(f => f.Name)];

    public IReadOnlyCollection<string> MapNames => [.. Maps.Select(m => m.Name)];

    public IReadOnlyCollection<string> ProcessNames => [Vocabulary.Main, .. Processes.Select(p => p.Name)];

    public bool IsDeclared(string name) => symbols.ContainsKey(name) || failed.Contains(name);

    public void CheckFree(Token name)
    {
        if (Vocabulary.IsReserved(name.Text))
        {
            throw new InputError(name.Position, $"'{name.Text}' is a word of the language; expected another name");
        }

        if (symbols.TryGetValue(name.Text, out Symbol other))
        {
            throw new InputError(
                name.Position, $"{Token.Clip(name.Text)} is declared already, on line {PositionOf(other).Line}; expected another name");
        }
    }

    public void Add(FileDeclaration file)
    {
        symbols[file.Name] = new Symbol(SymbolKind.File, Files.Count);
        Files.Add(file);
    }

    public void Add(MapDeclaration map)
    {
        symbols[map.Name] = new Symbol(SymbolKind.Map, Maps.Count);
        Maps.Add(map);
    }

    public void Add(ProcessDeclaration process)
    {
        symbols[process.Name] = new Symbol(SymbolKind.Process, Processes.Count);
        Processes.Add(process);
    }

    /// <summary>Notes that a declaration was not understood: its users are not to blame.</summary>
    public void AddFailed(string name)
    {
        if (!symbols.ContainsKey(name))
        {
            failed.Add(name);
        }
    }

    /// <summary>Finds a file or a mapping.</summary>
    public Symbol Find(Token name)
    {
        const string kind = "file or mapping";
        Symbol symbol = Look(name) ?? throw Unknown(name, kind, [.. MapNames, .. FileNames]);
        return symbol.Kind != SymbolKind.Process ? symbol : throw Other(name, symbol, kind, [.. MapNames, .. FileNames]);
    }

    public int FindFile(Token name) => Find(name, SymbolKind.File);

    public int FindMap(Token name) => Find(name, SymbolKind.Map);

    /// <summary>Checks the name of a process, which may be that of the main one.</summary>
    public void CheckProcess(Token name)
    {
        if (name.Text != Vocabulary.Main)
        {
            Find(name, SymbolKind.Process);
        }
    }

    public int FindThread(Token name) =>
        Vocabulary.TryThread(name.Text, out int thread)
            ? CheckThread(thread, name.Position)
            : throw new InputError(name.Position, $"expected a thread, P0..P{ThreadCount - 1}, found {name.Describe()}");

    public int CheckThread(int thread, SourcePosition position) =>
        thread < ThreadCount
            ? thread
            : throw new InputError(position, $"there is no thread P{thread}; expected P0..P{ThreadCount - 1}");

    /// <summary>The number of pages of a file or of a mapping's file.</summary>
    public int PagesOf(Symbol symbol) => Files[symbol.IsMap ? Maps[symbol.Index].File : symbol.Index].PageCount;

    public string NameOf(Symbol symbol) => symbol.Kind switch
    {
        SymbolKind.File => Files[symbol.Index].Name,
        SymbolKind.Map => Maps[symbol.Index].Name,
        _ => Processes[symbol.Index].Name,
    };

    private SourcePosition PositionOf(Symbol symbol) => symbol.Kind switch
    {
        SymbolKind.File => Files[symbol.Index].Position,
        SymbolKind.Map => Maps[symbol.Index].Position,
        _ => Processes[symbol.Index].Position,
    };

    private int Find(Token name, SymbolKind kind)
    {
        Symbol symbol = Look(name) ?? throw Unknown(name, WordFor(kind), NamesOf(kind));
        return symbol.Kind == kind ? symbol.Index : throw Other(name, symbol, WordFor(kind), NamesOf(kind));
    }

    private IReadOnlyCollection<string> NamesOf(SymbolKind kind) => kind switch
    {
        SymbolKind.File => FileNames,
        SymbolKind.Map => MapNames,
        _ => ProcessNames,
    };

    private static string WordFor(SymbolKind kind) => kind switch
    {
        SymbolKind.File => "file",
        SymbolKind.Map => "mapping",
        _ => "process",
    };

    private static InputError Unknown(Token name, string kind, IReadOnlyCollection<string> candidates) => new(
        name.Position,
        $"unknown {kind} {name.Describe()}; expected one of: {Vocabulary.List(candidates)}{NearestName.Hint(name.Text, candidates)}");

    private static InputError Other(Token name, Symbol symbol, string expected, IReadOnlyCollection<string> candidates) => new(
        name.Position,
        $"{Token.Clip(name.Text)} is a {WordFor(symbol.Kind)}; expected a {expected}: {Vocabulary.List(candidates)}");

    private Symbol? Look(Token name)
    {
        if (failed.Contains(name.Text))
        {
            throw new InputError(name.Position, "") { IsConsequence = true };
        }

        return symbols.TryGetValue(name.Text, out Symbol symbol) ? symbol : null;
    }

    /// <summary>What a name stands for.</summary>
    public enum SymbolKind
    {
        File,
        Map,
        Process,
    }

    /// <summary>A file, a mapping or a process.</summary>
    public readonly record struct Symbol(SymbolKind Kind, int Index)
    {
        public bool IsMap => Kind == SymbolKind.Map;

        public static Symbol File(int index) => new(SymbolKind.File, index);

        public static Symbol Map(int index) => new(SymbolKind.Map, index);
    }
}
