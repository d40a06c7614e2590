namespace Faultline.Browser.Tests;

/// <summary>All tests share one browser and one set of pages.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserCollection : ICollectionFixture<Chromium>, ICollectionFixture<ExamplePages>
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "browser";
}
