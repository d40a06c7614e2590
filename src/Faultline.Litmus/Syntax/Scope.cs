namespace Faultline.Litmus.Syntax;

/// <summary>The files and mappings that the initial state declares.</summary>
internal sealed class Scope
{
    private readonly Dictionary<string, Symbol> symbols = [];
    private readonly HashSet<string> failed = [];

    public List<FileDeclaration> Files { get; } = [];

    public List<MapDeclaration> Maps { get; } = [];

    public IReadOnlyCollection<string> FileNames => [.. Files.Select(f => f.Name)];

    public IReadOnlyCollection<string> MapNames => [.. Maps.Select(m => m.Name)];

    public bool IsDeclared(string name) => symbols.ContainsKey(name) || failed.Contains(name);

    public void CheckFree(Token name)
    {
        if (Vocabulary.IsReserved(name.Text))
        {
            throw new InputError(name.Position, $"'{name.Text}' is a word of the language; expected another name");
        }

        if (symbols.TryGetValue(name.Text, out Symbol other))
        {
            SourcePosition first = other.IsMap ? Maps[other.Index].Position : Files[other.Index].Position;
            throw new InputError(
                name.Position, $"{Token.Clip(name.Text)} is declared already, on line {first.Line}; expected another name");
        }
    }

    public void Add(FileDeclaration file)
    {
        symbols[file.Name] = new Symbol(false, Files.Count);
        Files.Add(file);
    }

    public void Add(MapDeclaration map)
    {
        symbols[map.Name] = new Symbol(true, Maps.Count);
        Maps.Add(map);
    }

    /// <summary>Notes that a declaration was not understood: its users are not to blame.</summary>
    public void AddFailed(string name)
    {
        if (!symbols.ContainsKey(name))
        {
            failed.Add(name);
        }
    }

    public Symbol Find(Token name)
    {
        Symbol? symbol = Look(name);
        return symbol ?? throw Unknown(name, "file or mapping", [.. MapNames, .. FileNames]);
    }

    public int FindFile(Token name)
    {
        Symbol symbol = Look(name) ?? throw Unknown(name, "file", FileNames);
        return !symbol.IsMap
            ? symbol.Index
            : throw new InputError(name.Position, $"{name.Text} is a mapping; expected a file: {Vocabulary.List(FileNames)}");
    }

    public int FindMap(Token name)
    {
        Symbol symbol = Look(name) ?? throw Unknown(name, "mapping", MapNames);
        return symbol.IsMap
            ? symbol.Index
            : throw new InputError(name.Position, $"{name.Text} is a file; expected a mapping: {Vocabulary.List(MapNames)}");
    }

    /// <summary>The number of pages of a file or of a mapping's file.</summary>
    public int PagesOf(Symbol symbol) => Files[symbol.IsMap ? Maps[symbol.Index].File : symbol.Index].PageCount;

    public string NameOf(Symbol symbol) => symbol.IsMap ? Maps[symbol.Index].Name : Files[symbol.Index].Name;

    private static InputError Unknown(Token name, string kind, IReadOnlyCollection<string> candidates) => new(
        name.Position,
        $"unknown {kind} {name.Describe()}; expected one of: {Vocabulary.List(candidates)}{NearestName.Hint(name.Text, candidates)}");

    private Symbol? Look(Token name)
    {
        if (failed.Contains(name.Text))
        {
            throw new InputError(name.Position, "") { IsConsequence = true };
        }

        return symbols.TryGetValue(name.Text, out Symbol symbol) ? symbol : null;
    }

    /// <summary>A file or a mapping.</summary>
    public readonly record struct Symbol(bool IsMap, int Index);
}
